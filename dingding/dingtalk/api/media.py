# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Upload files for messages."""

import mimetypes

from ..errors import argument_error
from .base import Area, need, text

MB = 1024 * 1024

#: kind -> (maximum bytes, extensions)
KINDS = {
    "image": (20 * MB, ("jpg", "jpeg", "gif", "png", "bmp")),
    "voice": (2 * MB, ("amr", "mp3", "wav")),
    "video": (20 * MB, ("mp4",)),
    "file": (
        20 * MB,
        ("doc", "docx", "xls", "xlsx", "ppt", "pptx", "zip", "pdf", "rar"),
    ),
}


class Media(Area):
    """Files for messages."""

    def upload(self, kind, filename, content, mimetype=None):
        """Upload a file and return its media id, which is reusable.

        https://open.dingtalk.com/document/development/upload-media-files

        :param str kind: ``image``, ``voice``, ``video`` or ``file``
        :param str filename: name with one of the kind's extensions (:data:`KINDS`)
        :param bytes content: at most 20 MB, voice 2 MB; a *file message* 10 MB
        :param str mimetype: media type; default: guessed from the name
        :rtype: str
        :raise InvalidArgumentError: kind, extension or size that DingTalk refuses
        """
        if kind not in KINDS:
            raise argument_error(
                "kind: %r is none of %s" % (kind, ", ".join(sorted(KINDS))),
                argument="kind",
            )
        limit, extensions = KINDS[kind]
        text(filename, "filename", 255)
        extension = filename.rpartition(".")[2].lower() if "." in filename else ""
        if extension not in extensions:
            raise argument_error(
                "%s: DingTalk takes %s here" % (filename, ", ".join(extensions)),
                argument="filename",
                extensions=list(extensions),
            )
        if not isinstance(content, bytes) or not content:
            raise argument_error("%s is empty" % filename, argument="content")
        if len(content) > limit:
            raise argument_error(
                "%s has %d bytes, DingTalk takes %d" % (filename, len(content), limit),
                argument="content",
                length=len(content),
                limit=limit,
            )
        mimetype = mimetype or mimetypes.guess_type(filename)[0]
        payload = self._client.oapi(
            "/media/upload",
            {"type": kind},
            files={"media": (filename, content, mimetype)},
        )
        return need(payload, "media_id", str)
