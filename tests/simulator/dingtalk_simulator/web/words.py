# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The texts of the web face in Chinese. English is the source: a text is its own key.

Other areas add theirs: `words.add({"Approvals": "审批"})`.
"""
from __future__ import annotations

from typing import Any, Dict

# Everywhere
_COMMON = {
    "DingTalk simulator": "钉钉模拟器", "Admin console": "管理后台", "Phones": "手机", "Phone": "手机",
    "Start page": "首页", "Start": "首页", "Language": "语言", "Pages": "分页", "Previous": "上一页", "Next": "下一页",
    "%(first)s–%(last)s of %(total)s": "第 %(first)s–%(last)s 条，共 %(total)s 条", "%(total)s in all": "共 %(total)s 条",
    "Copy": "复制", "Copied": "已复制", "Copy %(what)s": "复制 %(what)s", "Cancel": "取消", "Yes": "确定", "Save": "保存",
    "Saved": "已保存", "Done": "完成", "Add": "添加", "Delete": "删除", "Make": "创建", "Go": "开始", "Refused:": "被拒绝：",
    "This is not a number:": "这不是数字：", "none": "无", "no": "否", "all": "全部", "All": "全部", "Back": "返回",
    "Not found": "未找到", "This person has left the organisation.": "此人已离职。",
    "Nobody here has this userid.": "没有人使用这个 userid。",
    "The address names something that does not exist.": "地址所指的内容不存在。",
    "Choose a person": "选择人员", "Nobody found.": "没有找到任何人。", "Nobody here.": "这里没有人。",
    "Search people": "搜索人员", "Name, userid or mobile": "姓名、userid 或手机号",
    "Skip to the content": "跳到正文", "Organisations": "组织", "Sections": "栏目", "Main menu": "主菜单",
}

_START = {
    "A DingTalk on this machine": "本机上的钉钉",
    "It answers like DingTalk's server, for tests and for trying things out. No message leaves this machine.":
        "它像钉钉服务器一样应答，供测试和试用。任何消息都不会离开本机。",
    "%(people)s people, %(departments)s departments": "%(people)s 人，%(departments)s 个部门",
    "What to enter in Odoo": "在 Odoo 中填写的内容",
    "Settings › Users & Companies › DingTalk › Organisations and apps": "设置 › 用户和公司 › 钉钉 › 组织和应用",
    "Server address": "服务器地址",
    "Both API families and the sign-in pages are at this one address.": "新旧两套接口和登录页面都在这一个地址。",
    "All people (%(count)s)": "全部人员（%(count)s）", "Whose phone?": "打开谁的手机？",
}

_PHONE = {
    "Messages": "消息", "Work": "工作台", "Contacts": "通讯录", "Me": "我的",
    "The phone of %(name)s in %(organisation)s.": "%(organisation)s %(name)s 的手机。",
    "Another person": "换一个人", "This person in the console": "在管理后台查看此人",
    "Conversations": "会话", "Work notification": "工作通知", "Work notifications": "工作通知", "Robot": "机器人",
    "Group": "群聊", "Unread": "未读", "No messages yet": "还没有消息",
    "Show older ones (%(count)s left)": "查看更早的消息（还有 %(count)s 条）",
    "%(sender)s recalled a message": "%(sender)s 撤回了一条消息",
    "Open the message from %(sender)s: %(text)s": "打开 %(sender)s 的消息：%(text)s",
    "Open the link": "打开链接", "Open the link for computers": "打开电脑端链接", "What was sent": "发送的内容",
    "not yet": "尚未", "Address": "地址",
    "%(count)s more rows that DingTalk does not show": "另有 %(count)s 行，钉钉不显示", "%(count)s files": "%(count)s 个附件",
    "Picture": "图片", "The picture cannot be shown": "图片无法显示", "Picture not reachable": "图片无法访问",
    "Play, %(seconds)s seconds": "播放，%(seconds)s 秒", "Download": "下载", "File": "文件",
    "This voice message cannot be played here.": "这条语音无法在此播放。",
    "The file is not there": "文件不存在", "A kind of message that phones do not know": "手机无法识别的消息类型",
    "Text": "文本", "Link": "链接", "Action card": "卡片", "Voice": "语音", "Video": "视频", "Feed card": "多图文",
    "Apps of %(organisation)s": "%(organisation)s 的应用", "Name, mobile or department": "姓名、手机号或部门",
    "Search contacts": "搜索通讯录", "Contact": "联系人",
}

_PEOPLE = {
    "Organisation": "组织架构", "Departments": "部门", "Department": "部门", "Head": "主管", "Main": "主部门",
    "Manager": "直属主管", "Mobile": "手机号", "Telephone": "分机号", "E-mail": "邮箱", "Company e-mail": "企业邮箱",
    "Job number": "工号", "Work place": "办公地点", "Title": "职位", "Name": "名称", "Full name": "姓名",
    "Hired": "入职", "Remark": "备注", "Not activated": "未激活", "Activated": "已激活", "Mobile hidden": "隐藏手机号",
    "Senior person": "高管模式", "Boss": "老板", "Exclusive account": "专属帐号", "Administrator": "主管理员",
    "Sub-administrator": "子管理员", "Administrator rights": "管理员权限", "Roles": "角色", "Further fields": "扩展属性", "Identity": "身份标识",
    "Person": "个人信息", "Leavers": "离职人员", "Left on": "离职时间",
    "Name, userid, mobile, department": "姓名、userid、手机号、部门", "Search people and departments": "搜索人员和部门",
    "Found for “%(text)s”": "“%(text)s”的搜索结果", "Number %(id)s": "编号 %(id)s",
    "%(direct)s people here, %(below)s with all below": "本部门 %(direct)s 人，含下级共 %(below)s 人",
    "Head: %(names)s": "主管：%(names)s", "%(count)s more: use the search": "还有 %(count)s 个，请搜索",
    "Hire somebody": "员工入职", "Hire": "办理入职", "made up when empty": "留空则自动生成", "Dismiss": "办理离职",
    "Dismissed": "已离职", "%(name)s leaves the organisation. DingTalk then no longer knows this userid.":
        "%(name)s 将离开组织，之后钉钉不再认识这个 userid。",
    "New department": "新建部门", "Department made": "部门已创建", "Name, below %(parent)s": "名称（上级：%(parent)s）",
    "Rename or move": "改名或移动", "Rename": "改名", "Above it": "上级部门",
    "Place among its neighbours (smaller comes first)": "同级排序（小的在前）",
    "Delete the department %(name)s?": "删除部门 %(name)s？",
    "Only a department without people and departments can be deleted.": "只能删除没有成员和下级部门的部门。",
    "No longer head": "取消主管", "Make head": "设为主管", "Make main": "设为主部门", "Take out": "移出",
    "Move to": "调动到", "Move": "调动", "Moved": "已调动", "Also in": "同时加入",
}

_CONSOLE = {
    "Overview": "概览", "people": "人", "departments": "个部门", "leavers": "人离职", "apps": "个应用",
    "messages sent": "条消息", "API calls": "次接口调用", "faults waiting": "个待发生的故障",
    "%(count)s activated": "%(count)s 人已激活", "A busy day": "忙碌的一天",
    "Changes people at random, the same ones for the same number.": "随机变动人员；随机数相同，变动也相同。",
    "The day is over": "这一天结束了", "New people": "入职", "Moves": "调动", "Renames": "改名", "New titles": "职位变动",
    "Random number": "随机数", "Another organisation beside this one": "再建一个组织", "Organisation made": "组织已创建",
    "Second company": "第二家公司", "People": "人数", "Of them also here": "其中同时在本组织的人数", "Start over": "重新开始",
    "Everything in the simulator is forgotten: people, messages, tokens, settings. Go on?":
        "模拟器中的一切都会被清除：人员、消息、凭证、设置。继续吗？",
    "Apps and tokens": "应用与凭证", "New app": "新建应用", "New AppSecret": "重置 AppSecret",
    "Make a new AppSecret? The old one and its tokens stop working at once.":
        "重置 AppSecret 吗？旧密钥和它的凭证会立即失效。",
    "There is a new AppSecret": "AppSecret 已重置", "Tokens": "凭证", "Kind": "类型", "Begins with": "开头",
    "Made": "创建时间", "Left": "剩余", "person": "个人", "%(minutes)s min": "%(minutes)s 分钟", "expired": "已过期",
    "None handed out yet.": "尚未发放。", "All tokens are now invalid": "所有凭证已失效", "Expire all now": "立即全部失效",
    "API permissions": "接口权限", "What is not ticked is refused as DingTalk does (60011).":
        "未勾选的权限会像钉钉一样被拒绝（60011）。",
    "Personal fields": "个人信息字段", "Mobile numbers": "手机号", "E-mail and other details": "邮箱等个人信息",
    "Part of the organisation that the app may see": "通讯录授权范围",
    "Department numbers (1: everybody)": "部门编号（1：全部人员）", "Single people (userids)": "单个人员（userid）",
    "Server addresses": "服务器出口 IP", "Outgoing IP white list, one a line; empty: every address may call":
        "服务器公网出口 IP 名单，每行一个；留空则不限制",
    "Calls a second for one API (empty: no limit)": "每个接口每秒调用次数（留空：不限）",
    "Too new for the address book APIs of the history pages": "应用太新，不能用历史文档中的通讯录接口",
    "Not authorised by the organisation (unauthorized.client)": "未获组织授权（unauthorized.client）",
    "Sign-in": "登录", "Redirect hosts, one a line; empty: every address is accepted":
        "回调域名，每行一个；留空则接受任何地址",
    "Sent messages": "已发消息", "Sent": "发送时间", "Content": "内容", "Delivered": "送达", "Read": "已读", "Failed": "失败",
    "App": "应用", "Recalled": "已撤回", "No work notification was sent yet.": "还没有发送过工作通知。",
    "Not delivered": "未送达", "Unknown person": "无效人员", "Unknown departments": "无效部门", "Result": "结果",
    "As it looks": "显示效果", "When": "时间",
    "Calls": "接口调用", "All calls": "全部调用", "Only what went wrong": "只看出错的", "Last calls": "最近的调用", "Call": "调用",
    "Answer": "应答", "No calls yet.": "还没有调用。", "Per API": "按接口统计", "Set counters to zero": "计数清零",
    "Counters are at zero": "计数已清零",
    "Faults": "故障", "Fault": "故障", "Waiting to happen": "待发生", "Path": "路径", "Happened": "已发生",
    "after %(count)s good ones": "%(count)s 次正常之后", "Remove the fault %(kind)s": "移除故障 %(kind)s",
    "None: all calls are answered well.": "无：所有调用都正常应答。", "Remove all": "全部移除", "New fault": "新建故障",
    "The next matching call will meet it": "下一次匹配的调用会遇到它", "What goes wrong": "出什么错",
    "Path (* stands for anything)": "路径（* 代表任意内容）", "Times (empty: until removed)": "次数（留空：直到移除）",
    "Good calls before it": "之前的正常次数", "Seconds (of those that wait)": "秒数（需要等待的故障）",
    "Code (of “error”)": "错误码（用于 error）", "Message (of “error”)": "错误信息（用于 error）",
    "Settings": "设置", "Of the whole simulator. What belongs to one app (permissions, white list, calls a second) is "
    "under “Apps and tokens”.": "整个模拟器的设置。属于单个应用的（权限、白名单、调用频率）在“应用与凭证”。",
    "More: limits, and what DingTalk's pages say in two ways": "更多：各种限制，以及钉钉文档前后不一致之处",
    "default: %(value)s": "默认：%(value)s",
    # Why a message did not arrive
    "too many recipients in this minute": "本分钟接收人过多", "more messages than one person gets a day": "超过单人每日上限",
    "the same content twice on one day": "同一天内容重复", "no recipient": "没有接收人", "forbidden content": "内容违规",
    "senior person protected": "高管模式保护",
}

# Explanations that other modules of the simulator write
_EXPLANATIONS = {
    "seconds that the server's clock is ahead of this machine": "服务器时钟比本机快多少秒",
    "milliseconds that every answer is held back": "每次应答延迟多少毫秒",
    "address that the calls seem to come from; null: the real one": "假装调用来自这个地址；留空：真实地址",
    "of topapi/v2/user/get and delete: 60121 (seen live) or 33012 (documented)":
        "topapi/v2/user/get 和 delete 的错误码：60121（实际所见）或 33012（文档）",
    "wrapped: errcode 88 around 60011; bare: errcode 60011": "wrapped：errcode 88 内含 60011；bare：errcode 60011",
    "wrapped: errcode 88 around 60020; bare: errcode 60020": "wrapped：errcode 88 内含 60020；bare：errcode 60020",
    "calls from one address in so many seconds ban it; answer json or html; null: never":
        "同一地址在若干秒内调用过多则封禁；应答 json 或 html；null：从不",
    "calls a month and organisation of the APIs that are not exempt; null: no limit":
        "每组织每月可调用的次数（不含免计接口）；留空：不限",
    "custom order of people in a department: desc (larger number first) or asc":
        "部门内人员的自定义排序：desc（大的在前）或 asc",
    "how foreign numbers are read: prefixed (+49-170...) or plain": "境外手机号的格式：prefixed（+49-170…）或 plain",
    "people that one work notification may name": "一条工作通知最多指定的人数",
    "departments that one work notification may name": "一条工作通知最多指定的部门数",
    "work notifications of one app to one person on one day": "一个应用一天内给一个人的工作通知数",
    "recipients of one app in one minute": "一个应用一分钟内的接收人数",
    "people that one call may reach": "一次调用最多送达的人数",
    "notifications to everybody on one day": "一天内全员通知的次数",
    "the same content reaches a person once a day": "相同内容一天只送达一次",
    "seconds until a work notification shows on the phone": "工作通知多少秒后在手机上出现",
    "messages must name an uploaded media_id": "消息必须使用已上传的 media_id",
    "true: user/create answers 40103, the person has to accept first": "开启：user/create 返回 40103，需对方先同意",
    "true: user/update answers 12150, smart HR manages positions": "开启：user/update 返回 12150，职位由智能人事管理",
    "getsendresult for more than 100 people: timeout (errcode 15) or 41052":
        "超过 100 人时 getsendresult 的应答：timeout（errcode 15）或 41052",
    "hours that getsendprogress knows a task: 168 or 24, the page says both":
        "getsendprogress 可查询的小时数：168 或 24，文档两说",
    "documented (20 MB images and files) or short (1 and 10 MB)": "documented（图片和文件 20 MB）或 short（1 和 10 MB）",
    "of robot/send: 300005 (live), 300001 (older) or 400101 (documented)":
        "robot/send 的错误码：300005（实际）、300001（较早）或 400101（文档）",
    "of robot/send: 130101, 660026 (live) or 410100 (documented)": "robot/send 的错误码：130101、660026（实际）或 410100（文档）",
    "short, long (with a link, 2019) or description (2022)": "short、long（带链接，2019）或 description（2022）",
    "people that one robot message may name: 20 or 100, the page says both": "一条机器人消息最多指定的人数：20 或 100，文档两说",
    "timestamp: only that is signed; both: timestamp and timestamp+secret are taken":
        "timestamp：只签时间戳；both：时间戳或时间戳加密钥都接受",
    "oauth2/{corpId}/token with an unknown corpId: live (500 unknownError) or documented":
        "oauth2/{corpId}/token 遇到未知 corpId：live（500 unknownError）或 documented",
    "of an expired user token: or accesstoken.expired": "个人凭证过期时的错误码：或 accesstoken.expired",
    "of topapi/v2/user/getbymobile: 60121 or 40104": "topapi/v2/user/getbymobile 的错误码：60121 或 40104",
    "HTTP 500 with an HTML page of a proxy": "HTTP 500，代理的 HTML 页面", "HTTP 502 with an empty body": "HTTP 502，正文为空",
    "HTTP 200 with an HTML page": "HTTP 200，HTML 页面",
    "HTTP 200 with text that is neither JSON nor HTML": "HTTP 200，既非 JSON 也非 HTML 的文本",
    "HTTP 200 with an empty body": "HTTP 200，正文为空",
    "no answer for `seconds`, then the connection is closed; the call is not carried out":
        "若干秒不应答，然后断开；调用未执行",
    "the connection is reset; the call is not carried out": "连接被重置；调用未执行",
    "the app's tokens become invalid just before the call": "调用前应用的凭证恰好失效",
    "90018 / QpsLimitForAppkeyAndApi": "90018 / QpsLimitForAppkeyAndApi：应用调用过快",
    "90002 / QpsLimitForApi": "90002 / QpsLimitForApi：平台调用过快",
    '{"status":1111,...}: the address is banned (this call only)': '{"status":1111,...}：地址被封（仅此次调用）',
    "the same as an HTML page": "同上，以 HTML 页面应答", "-1 / systemBusy": "-1 / systemBusy：系统繁忙",
    "90020 / ApiCountLimitForOrg": "90020 / ApiCountLimitForOrg：本月调用量用完",
    "60011 / AccessTokenPermissionDenied": "60011 / AccessTokenPermissionDenied：没有权限",
    "60020 / IpNotInWhiteList": "60020 / IpNotInWhiteList：IP 不在白名单",
    "`code` (and `message`, `status`) as given": "按填写的错误码（和信息、状态）应答",
    "the call is carried out, then no answer for `seconds`": "调用已执行，然后若干秒不应答",
    "the call is carried out, then the connection is reset": "调用已执行，然后连接被重置",
    "the call is carried out, but the body breaks off in the middle": "调用已执行，但正文中途中断",
    "the answer comes `seconds` later": "若干秒后才应答",
    "a page of people is the one before it once more": "人员分页重复上一页",
    "a page of people comes empty, as if it had been skipped": "人员分页为空，仿佛被跳过",
}

# What scripts in the browser say
_SCRIPTS = ("Done", "Copied", "Refused:", "This is not a number:", "Picture not reachable",
            "This voice message cannot be played here.")

_CHINESE: Dict[str, str] = {}
for _part in (_COMMON, _START, _PHONE, _PEOPLE, _CONSOLE, _EXPLANATIONS):
    _CHINESE.update(_part)


def add(texts: Dict[str, str]) -> None:
    """English to Chinese, of another area."""
    _CHINESE.update(texts)


def known(text: str) -> bool:
    return text in _CHINESE


def translate(text: str, lang: str, /, **named: Any) -> str:
    """The text in the language, with its %(name)s filled. What has no translation stays English."""
    if lang == "zh_CN":
        text = _CHINESE.get(text, text)
    return text % named if named else text


def for_scripts(lang: str) -> Dict[str, str]:
    return {text: translate(text, lang) for text in _SCRIPTS}
