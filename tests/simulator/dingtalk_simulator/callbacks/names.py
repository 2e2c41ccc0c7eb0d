# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Names of events by category.

https://open.dingtalk.com/document/development/event-list
"""

from __future__ import annotations

# Not counted among the pushes of a month.
# https://open.dingtalk.com/document/development/appendix-a-list-of-events-not-included-in-webhook
EXEMPT = frozenset(
    """
    user_add_org user_modify_org user_leave_org user_active_org org_dept_create
    org_dept_modify org_dept_remove org_change label_user_change label_conf_add
    label_conf_del label_conf_modify org_admin_add org_admin_remove
    org_annual_certification_submission industry_medical_user_add
    industry_medical_dept_event industry_medical_dept_prop_event
    industry_medical_user_prop_event industry_medical_user_dept_event
    industry_medical_full_sync
    """.split()
)

# Events that may be pushed over HTTP to an internal app; other names are refused by
# register_call_back (71008).
KNOWN = frozenset(
    """
    agoal_indicator_add agoal_indicator_copy agoal_indicator_modify
    agoal_indicator_remove agoal_objectiveProgress_add
    agoal_objectiveProgress_modify agoal_objectiveProgress_remove
    agoal_objectiveRule_add agoal_objectiveRule_modify agoal_objectiveRule_remove
    agoal_objective_add agoal_objective_change agoal_objective_remove
    ai_assistant_change ai_assistant_install aiot_device_uplink_event
    aone_assistant_status_change aone_assistant_summary_change
    approve_open_group_expansion ats_job_deliver_change attend_bossCheck_change
    attend_group_change attend_shift_change attend_user_daily_summary_refresh
    attendance_approve_status_change attendance_check_record
    attendance_overtime_duration attendance_report_column_change
    attendance_schedule_change badge_device_status_change blackboard_sent
    bpms_instance_change bpms_task_change calendar_event_change chat_add_member
    chat_disband chat_disband_microapp chat_quit chat_remove_member
    chat_template_change chat_update_owner chat_update_title check_in
    crm_customer_track ding_crm_object_meta ding_paas_object_data_create
    ding_paas_object_data_delete ding_paas_object_data_update dingtalk_projection
    doc_export_completed doc_spaces_create_team doc_spaces_team_change
    doc_spaces_team_member_change dvi_custom_ai_analysis_completed
    dvi_device_owner_change edu_card_delete edu_card_end edu_card_update
    edu_dept_delete edu_dept_insert edu_dept_update edu_trade_pay_status_sync
    edu_user_delete edu_user_insert edu_user_relation_delete
    edu_user_relation_insert edu_user_relation_update edu_user_update
    emp_label_scope_change exclusive_data_transfer exclusive_delete_trusted_device
    flash_minutes_open_event flash_minutes_open_event_directed
    hire_agent_sourcing_task_change honor_audit honor_grant hrbrain_talent_pool_add
    hrbrain_talent_pool_delete hrbrain_talent_pool_edit
    hrbrain_talent_pool_staff_add hrbrain_talent_pool_staff_delete
    hrm_mdm_user_change hrm_solution_manage hrm_user_record_change
    im_cool_app_install im_cool_app_uninstall industry_medical_dept_event
    industry_medical_dept_prop_event industry_medical_full_sync
    industry_medical_user_dept_event industry_medical_user_prop_event
    inner_app_release inner_app_scopes_change inner_app_status_change
    inner_app_version_publish inner_app_version_rollback isw_user_event_received
    isw_user_msg_received label_conf_add label_conf_del label_conf_modify
    label_user_change leave_quota_update leave_rule_change live_statistic_done_event
    live_status_change_event live_update_event live_watch_playback_event
    market_ai_agent_order meeting_asr_result_event meeting_asr_result_event_directed
    meeting_member_status_change meeting_member_status_change_target_push
    meeting_status_change meeting_status_change_target_push
    oa_timeout_plugin_task_msg official_account_follow official_account_unfollow
    official_account_user_data_apply_result open_meeting_room_central_control
    open_meeting_room_device_alarm open_meeting_room_device_bind_change
    open_meeting_room_device_property_change org_admin_add org_admin_remove
    org_change org_dept_create org_dept_modify org_dept_remove org_file_send_check
    org_remove project_worktime_updated robot_msg_read robot_msg_recall
    servicegroup_contact_join_group_form servicegroup_contact_relate_customer
    servicegroup_custom_object_create servicegroup_custom_object_delete
    servicegroup_custom_object_edit servicegroup_group_info_change
    servicegroup_ticket_create servicegroup_ticket_deal_feedback
    servicegroup_ticket_memo_add servicegroup_ticket_read servicegroup_ticket_take
    servicegroup_ticket_urge servicegroup_voc_topic_detail shop_rights_event
    single_conversation_cool_app_install single_conversation_cool_app_uninstall
    storage_dentry_create storage_dentry_delete storage_dentry_update
    todo_task_create todo_task_delete todo_task_update user_active_org user_add_org
    user_leave_org user_modify_org watermark_check_in workflow_form_change
    """.split()
)
# People, departments, the organisation, roles
OF_USERS = (
    "user_add_org",
    "user_modify_org",
    "user_leave_org",
    "user_active_org",
    "org_admin_add",
    "org_admin_remove",
)
OF_DEPARTMENTS = ("org_dept_create", "org_dept_modify", "org_dept_remove")
OF_CORP = ("org_change", "org_remove")
OF_ROLES = (
    "label_user_change",
    "label_conf_add",
    "label_conf_modify",
    "label_conf_del",
)
CONTACT = frozenset(OF_USERS + OF_DEPARTMENTS + OF_CORP + OF_ROLES)
# Known to be delivered with capitalised names beside the address book's
CHAT = frozenset(
    (
        "chat_add_member",
        "chat_remove_member",
        "chat_quit",
        "chat_update_owner",
        "chat_update_title",
        "chat_disband",
    )
)
OTHER_CLASSIC = frozenset(
    (
        "check_in",
        "attendance_check_record",
        "attendance_schedule_change",
        "attendance_overtime_duration",
    )
)
WITHOUT_CORP = OTHER_CLASSIC - {"check_in"}
TO_DOS = frozenset(("todo_task_create", "todo_task_update", "todo_task_delete"))
APPROVALS = frozenset(("bpms_task_change", "bpms_instance_change"))
# Their pages show `timeStamp`, as text, beside the envelope's time
TIMESTAMPED = frozenset(
    (
        "user_add_org",
        "user_modify_org",
        "user_leave_org",
        "org_admin_add",
        "org_admin_remove",
    )
)
# They name who did it
OPERATED = frozenset(("user_add_org", "user_modify_org", "user_leave_org"))
# Not real events: they only verify the address
CHECKS = ("check_url", "check_create_suite_url", "check_update_suite_url")
