# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The approvals' drive space: one per organisation, with files of forms and comments.

A file arrives in three steps: permission, upload to a storage address, commit. Bytes
are kept with the uploaded media.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Any, Dict, Optional
from urllib.parse import quote

from .. import ids
from ..checks import whole_number
from ..records import Media
from .records import DriveFile, Refused, Upload

if TYPE_CHECKING:
    from .core import Approvals

UPLOAD_SECONDS = 900
DOWNLOAD_SECONDS = 900


class Drive:
    def __init__(self, approvals: "Approvals") -> None:
        self.approvals = approvals
        self.files: Dict[str, DriveFile] = {}
        self.uploads: Dict[str, Upload] = {}
        self.allowed: Dict[str, None] = {}  # "corp:userid" that may upload

    @property
    def world(self) -> Any:
        return self.approvals.world

    def space_of(self, corp_id: str) -> int:
        """The one approval space of an organisation."""
        digest = hashlib.md5(corp_id.encode("utf-8")).hexdigest()
        return 10**9 + int(digest[:8], 16) % (9 * 10**9)

    def file(self, corp_id: str, file_id: Any) -> Optional[DriveFile]:
        found = self.files.get(str(file_id))
        return found if found is not None and found.corp_id == corp_id else None

    def content(self, file: DriveFile) -> bytes:
        found: bytes = self.world.messages.media_content[self._media_id(file.id)]
        return found

    # Uploading

    def let_in(self, corp_id: str, userid: str) -> int:
        """Permit a person to upload; return the space."""
        self.allowed["%s:%s" % (corp_id, userid)] = None
        self.world.changed()
        return self.space_of(corp_id)

    def expect(self, corp_id: str, userid: str, name: str, size: int) -> Upload:
        """:raise Refused: this person has no permission"""
        if "%s:%s" % (corp_id, userid) not in self.allowed:
            raise Refused("file", "no right to upload")
        now = self.world.now()
        for key in [key for key, old in self.uploads.items() if old.expires_at <= now]:
            if not self.uploads[key].media_id:
                del self.uploads[key]
        upload = Upload(
            ids.random62(32),
            self.space_of(corp_id),
            corp_id,
            userid,
            name,
            size,
            now + UPLOAD_SECONDS,
            {
                "x-oss-date": ids.random_lower(8),
                "Authorization": "OSS %s:%s" % (ids.random62(16), ids.random62(27)),
            },
        )
        self.uploads[upload.key] = upload
        return upload

    def receive(self, key: str, headers: Any, content: bytes) -> str:
        """The bytes of an upload; return what is wrong with them, or an empty text."""
        upload = self.uploads.get(key)
        if upload is None or upload.media_id:
            return "NoSuchKey"
        if upload.expires_at <= self.world.now():
            return "AccessDenied"
        for name, value in upload.headers.items():
            if headers.get(name) != value:
                return "SignatureDoesNotMatch"
        if headers.get("Content-Type"):
            # It is part of the signature, and was signed empty.
            return "SignatureDoesNotMatch"
        upload.media_id = self._media_id(key)
        self._keep(upload.media_id, upload, content)
        return ""

    def commit(
        self, corp_id: str, space_id: Any, userid: str, key: str, name: str, size: Any
    ) -> DriveFile:
        """:raise Refused: nothing was uploaded, or something else than announced"""
        upload = self.uploads.get(key)
        if (
            upload is None
            or upload.corp_id != corp_id
            or upload.userid != userid
            or str(upload.space_id) != str(space_id)
        ):
            raise Refused("file", "uploadKey")
        if not upload.media_id:
            raise Refused("file", "nothing was uploaded")
        media = self.world.messages
        content = media.media_content[upload.media_id]
        if size is not None and whole_number(size) != len(content):
            raise Refused("file", "size")
        del self.uploads[key]
        media.media.pop(upload.media_id, None)
        del media.media_content[upload.media_id]
        return self.add(corp_id, userid, name, content, key)

    def add(
        self, corp_id: str, userid: str, name: str, content: bytes, key: str = ""
    ) -> DriveFile:
        """Add a file at once, as the phone does."""
        taken = {file.name for file in self.files.values() if file.corp_id == corp_id}
        stem, point, extension = name.rpartition(".")
        fresh, number = name, 0
        while fresh in taken:
            number += 1
            if stem:
                fresh = "%s(%d)%s%s" % (stem, number, point, extension)
            else:
                fresh = "%s(%d)" % (name, number)
        file = DriveFile(
            str(self.approvals.number(12)),
            self.space_of(corp_id),
            corp_id,
            fresh,
            len(content),
            userid,
            self.world.now(),
            ids.random62(32),
            key,
        )
        self.files[file.id] = file
        self._keep(self._media_id(file.id), file, content)
        self.world.publish("approval.file", corp_id=corp_id)
        return file

    def _keep(self, media_id: str, file: Any, content: bytes) -> None:
        messages = self.world.messages
        messages.media[media_id] = Media(
            media_id,
            "drive",
            file.name,
            "application/octet-stream",
            len(content),
            file.corp_id,
            "",
            self.world.now(),
        )
        messages.media_content[media_id] = content

    def _media_id(self, key: str) -> str:
        return "#drive-" + key

    # Downloading

    def download_path(self, file: DriveFile) -> str:
        """The address below the box's own, good for 15 minutes."""
        until = str(int(self.world.now() + DOWNLOAD_SECONDS))
        return "/_drive/files/%s?Expires=%s&Signature=%s" % (
            quote(file.id),
            until,
            self._sign(file.id, until),
        )

    def opened(self, file_id: str, until: str, signature: str) -> Optional[DriveFile]:
        """The file of such an address, None if forged or expired."""
        file = self.files.get(file_id)
        if file is None or (whole_number(until) or 0) < self.world.now():
            return None
        good = hmac.compare_digest(signature, self._sign(file_id, until))
        return file if good else None

    def _sign(self, file_id: str, until: str) -> str:
        secret = self.files[file_id].uuid.encode("ascii")
        text = ("%s\n%s" % (file_id, until)).encode("ascii")
        return hmac.new(secret, text, hashlib.sha256).hexdigest()
