# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Upload and download files of the approvals' drive space.

The bytes bypass DingTalk's API hosts: DingTalk names a storage address for each file,
and the client checks it before use.
"""

from ..errors import TransportError, argument_error
from .base import Area, given, identifier, need, number, quoted, text

MAX_FILE = 32 * 1024 * 1024  # bytes, our own limit: a file is held in memory as a whole
MAX_FILENAME = 255  # characters


class DriveFiles(Area):
    """Transfer files; each family defines ``space`` and ``download_url``."""

    def space(self, userid, agent_id=None):
        """Return the id of the space and allow a person to upload to it.

        https://open.dingtalk.com/document/development/obtains-the-information-about-approval-nail-disk
        """
        raise NotImplementedError()

    def download_url(self, instance_id, file_id, with_comments=False):
        """Return the address of a file.

        https://open.dingtalk.com/document/development/download-an-approval-attachment
        """
        raise NotImplementedError()

    def upload(self, userid, unionid, filename, content, agent_id=None):
        """Upload a file to the drive space; return the five members a form needs.

        https://open.dingtalk.com/document/development/workflow-overview

        Four requests. Repeating them all after an error leaves at worst an unused file.

        :param str userid: the uploader; the originator of the approval
        :param str unionid: of the same person
        :param str filename: up to 255 characters; DingTalk renames the file if the name
            exists
        :param bytes content: up to 32 MB, not empty
        :param int agent_id: AgentId of the application
        :return: ``spaceId``, ``fileId``, ``fileName``, ``fileSize``, ``fileType``
        :rtype: dict of str
        :raise TransportError: the storage could not be reached or refused the file
        """
        if not isinstance(content, bytes):
            raise argument_error("content: bytes are needed", argument="content")
        if not content or len(content) > MAX_FILE:
            raise argument_error(
                "content: %d bytes, 1 to %d are allowed" % (len(content), MAX_FILE),
                argument="content",
                length=len(content),
                limit=MAX_FILE,
            )
        text(filename, "filename", MAX_FILENAME)
        space_id = self.space(userid, agent_id)
        target = self.upload_info(space_id, unionid, filename, len(content))
        self._client.put_file(target["url"], content, target["headers"])
        return self.commit_file(
            space_id, unionid, target["key"], filename, len(content)
        )

    def download(self, instance_id, file_id, with_comments=False, most=MAX_FILE):
        """Return the bytes of a file of an instance.

        https://open.dingtalk.com/document/development/download-an-approval-attachment

        :param bool with_comments: the file belongs to a comment
        :param int most: bytes that are read at most
        :rtype: bytes
        :raise TransportError: the storage could not be reached, or the file is larger
        """
        return self._client.get_file(
            self.download_url(instance_id, file_id, with_comments), most
        )

    def upload_info(self, space_id, unionid, filename, size, md5=None):
        """Return the address and headers for uploading a file to the drive space.

        https://open.dingtalk.com/document/development/workflow-overview

        :param str unionid: of the person passed to :meth:`space`
        :param int size: bytes
        :return: ``{"key", "url", "headers"}``: PUT the bytes there with exactly these
            headers and an empty content type, then call :meth:`commit_file`
        """
        check = given(
            name=text(filename, "filename", MAX_FILENAME),
            size=number(size, "size", 1),
            parentId="0",
            md5=md5,
        )
        payload = self._client.api(
            "POST",
            "/v1.0/storage/spaces/%s/files/uploadInfos/query"
            % quoted(space_id, "space_id"),
            {
                "protocol": "HEADER_SIGNATURE",
                "multipart": False,
                "option": {"preCheckParam": check},
            },
            params={"unionId": identifier(unionid, "unionid")},
            api="/v1.0/storage/spaces/{spaceId}/files/uploadInfos/query",
        )
        info = need(payload, "headerSignatureInfo", dict)
        urls = [url for url in need(info, "resourceUrls", list) if isinstance(url, str)]
        if not urls:
            raise TransportError(
                "no_address", "the answer names no address for the file"
            )
        headers = need(info, "headers", dict)
        return {
            "key": need(payload, "uploadKey", str),
            "url": urls[0],
            "headers": dict((str(name), str(value)) for name, value in headers.items()),
        }

    def commit_file(self, space_id, unionid, key, filename, size):
        """Turn uploaded bytes into a file; return the five members a form needs.

        https://open.dingtalk.com/document/development/workflow-overview

        :param str key: of :meth:`upload_info`
        :return: ``spaceId``, ``fileId``, ``fileName``, ``fileSize``, ``fileType``
        """
        payload = self._client.api(
            "POST",
            "/v1.0/storage/spaces/%s/files/commit" % quoted(space_id, "space_id"),
            {
                "uploadKey": text(key, "key"),
                "name": text(filename, "filename", MAX_FILENAME),
                "parentId": "0",
                "option": {
                    "size": number(size, "size", 1),
                    "conflictStrategy": "AUTO_RENAME",
                },
            },
            params={"unionId": identifier(unionid, "unionid")},
            idempotent=False,
            api="/v1.0/storage/spaces/{spaceId}/files/commit",
        )
        entry = need(payload, "dentry", dict)
        return {
            "spaceId": str(entry.get("spaceId") or space_id),
            "fileId": str(need(entry, "id", (str, int))),
            "fileName": entry.get("name") or filename,
            "fileSize": str(entry.get("size") or size),
            "fileType": entry.get("extension") or filename.rpartition(".")[2],
        }
