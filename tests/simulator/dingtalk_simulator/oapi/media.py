# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Upload of pictures, voices, videos and files."""

from __future__ import annotations

from typing import Any, Dict

from ..endpoints import Call, oapi
from ..errors import OapiError

MB = 1024 * 1024
EXTENSIONS = {
    "image": ("jpg", "jpeg", "gif", "png", "bmp"),
    "voice": ("amr", "mp3", "wav"),
    "video": ("mp4",),
    "file": ("doc", "docx", "xls", "xlsx", "ppt", "pptx", "zip", "pdf", "rar"),
}
# The page of the call and the text of error 40006 name different sizes.
LIMITS = {
    "documented": {
        "image": 20 * MB,
        "voice": 2 * MB,
        "video": 20 * MB,
        "file": 20 * MB,
    },
    "short": {"image": 1 * MB, "voice": 2 * MB, "video": 10 * MB, "file": 10 * MB},
}


@oapi("POST", "/media/upload", multipart=True, exempt=False)
def upload(call: Call) -> Dict[str, Any]:
    kind = call.params.text("type")
    if kind not in EXTENSIONS:
        raise OapiError(40004)
    if "media" not in call.params.files:
        raise OapiError(41005)
    filename, mimetype, content = call.params.files["media"]
    if not content:
        raise OapiError(44001)
    if filename.rpartition(".")[2].lower() not in EXTENSIONS[kind]:
        raise OapiError(40005)
    if len(content) > LIMITS[call.setting("media_limits")][kind]:
        raise OapiError(40006)
    media = call.world.messages.add_media(call.app, kind, filename, mimetype, content)
    return {
        "errcode": 0,
        "errmsg": "ok",
        "media_id": media.media_id,
        "created_at": int(media.created_at * 1000),
        "type": kind,
    }
