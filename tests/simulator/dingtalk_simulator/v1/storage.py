# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Uploads to a drive space: only the approvals' space."""

from __future__ import annotations

from typing import Any, Dict
from urllib.parse import quote

from ..approvals.records import Refused
from ..checks import whole_number
from ..endpoints import Call, api
from ..errors import ApiError

BASE = "/v1.0/storage/spaces/{spaceId}/files/"
LONGEST_NAME = 255
MOST_BYTES = 10 * 1024**3


def _person(call: Call) -> Any:
    found = call.org.by_unionid(call.params.text("unionId", required=True))
    if found is None:
        raise ApiError("invalidParameter.user.notFound")
    space = call.world.approvals.drive.space_of(call.org.corp_id)
    if call.variables["spaceId"] != str(space):
        raise ApiError("spaceNotExist", "空间不存在", 404)
    return found


@api("POST", BASE + "uploadInfos/query", scope="Storage.UploadInfo.Read", exempt=False)
def upload_info(call: Call) -> Dict[str, Any]:
    one = _person(call)
    if call.params.text("protocol", required=True) != "HEADER_SIGNATURE":
        raise ApiError("paramError", "protocol")
    check = (call.params.json("option") or {}).get("preCheckParam") or {}
    name, size = check.get("name") or "", check.get("size") or 0
    size = whole_number(size)
    if size is None or not 0 <= size <= MOST_BYTES:
        raise ApiError("paramError", "preCheckParam")
    try:
        upload = call.world.approvals.drive.expect(
            call.org.corp_id, one.userid, name, size
        )
    except Refused as error:
        raise ApiError("permissionDenied", error.text, 403)
    return {
        "uploadKey": upload.key,
        "storageDriver": "DINGTALK",
        "protocol": "HEADER_SIGNATURE",
        "headerSignatureInfo": {
            "resourceUrls": [
                "%s/_drive/uploads/%s" % (call.base_url, quote(upload.key))
            ],
            "internalResourceUrls": [],
            "headers": dict(upload.headers),
            "expirationSeconds": 900,
            "region": "ZHANGJIAKOU",
        },
    }


@api("POST", BASE + "commit", scope="Storage.File.Write", exempt=False)
def commit(call: Call) -> Dict[str, Any]:
    one = _person(call)
    name = call.params.text("name", required=True, longest=LONGEST_NAME)
    option = call.params.json("option") or {}
    try:
        file = call.world.approvals.drive.commit(
            call.org.corp_id,
            call.variables["spaceId"],
            one.userid,
            call.params.text("uploadKey", required=True),
            name,
            option.get("size"),
        )
    except Refused as error:
        raise ApiError("paramError", error.text)
    return {
        "dentry": {
            "id": file.id,
            "spaceId": str(file.space_id),
            "parentId": call.params.text("parentId", default="0"),
            "type": "FILE",
            "name": file.name,
            "size": file.size,
            "path": "/" + file.name,
            "version": 1,
            "status": "NORMAL",
            "extension": file.extension,
            "creatorId": one.unionid,
            "modifierId": one.unionid,
            "uuid": file.uuid,
            "partitionType": "PUBLIC_OSS_PARTITION",
            "storageDriver": "DINGTALK",
        }
    }
