# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Serve form fields with the results of DingTalk's pickers."""
import base64
import io

from PIL import Image

from odoo import _, api, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.dingding import compat
from odoo.addons.dingding.models.remedies import user_errors
from odoo.addons.dingding.pictures import open_picture

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 50 * 1000 * 1000
MOST_IDS = 1000
KINDS = {"JPEG": ("jpg", "image/jpeg"), "PNG": ("png", "image/png"),
         "GIF": ("gif", "image/gif"), "WEBP": ("webp", "image/webp")}
ORIENTATION = 0x0112  # number of the EXIF tag
TURNS = {
    2: [Image.FLIP_LEFT_RIGHT],
    3: [Image.ROTATE_180],
    4: [Image.FLIP_TOP_BOTTOM],
    5: [Image.FLIP_LEFT_RIGHT, Image.ROTATE_90],
    6: [Image.ROTATE_270],
    7: [Image.FLIP_LEFT_RIGHT, Image.ROTATE_270],
    8: [Image.ROTATE_90],
}


def upright(content):
    """Return (upright picture, its format) of a file.

    Phones store the orientation, which thumbnails lose in earlier series.

    :param bytes content: a file from an untrusted source
    :raise ValueError: the file is not a picture, or too large
    """
    with open_picture(content, MAX_PIXELS) as image:
        kind = image.format
        tags = image._getexif() if kind == "JPEG" else None
        turns = TURNS.get((tags or {}).get(ORIENTATION))
        if turns:
            for turn in turns:
                image = image.transpose(turn)
            turned = io.BytesIO()
            image.save(turned, "JPEG", quality=90)
            content = turned.getvalue()
        else:
            image.verify()
    return content, kind


class DingdingJsapiField(models.AbstractModel):
    """Serve the web client, with one public method per kind of field.

    Nothing is written to the record: the user saves.
    """

    _name = "dingding.jsapi.field"
    _description = "DingTalk JSAPI Form Field"

    @api.model
    def _app(self, corp):
        """Return the application for the current user, with sudo.

        :param str corp: CorpId that the page received; None for the user's own
            organisation
        :raise AccessError: the user is not an employee
        :raise UserError: there is no such organisation
        """
        if not self.env.user.has_group("base.group_user"):
            raise AccessError(_("This is for employees."))
        app = self.env["dingding.jsapi"]._app(corp)
        if app is None:
            raise UserError(_("You have no connected DingTalk organisation."))
        return app

    @api.model
    def words(self):
        """Return the texts of the fields in the user's language.

        Up to 15.0 Odoo translates few scripts.
        """
        return dict(
            self.env["dingding.microapp"]._words(),
            scan=_("Scan a code"),
            place=_("My location"),
            camera=_("Take a picture"),
            album=_("Choose a picture"),
            people=_("Choose people in DingTalk"),
            departments=_("Choose departments in DingTalk"),
            limit=_("That is more than this field accepts."),
            unknown=_("Not in Odoo, or not available in this field:"),
            denied=_("The browser is not allowed to share your location."),
            nowhere=_("The browser cannot determine your location."),
        )

    # -- pictures --------------------------------------------------------------------

    @api.model
    def picture(self, url, corp=None):
        """Return a picture stored by DingTalk, for an image field.

        Only hosts of DingTalk are called, without redirects.

        :param str url: as returned by ``biz.util.uploadImage``
        :return: dict of ``name``, ``mimetype``, ``size`` (bytes) and ``datas`` (base64)
        :raise UserError: not an address of DingTalk, not a picture, or too large
        """
        app = self._app(corp)
        client = app._dingtalk_client(feature="inside", max_attempts=1)
        if not isinstance(url, str) or not client.hosts.allows_storage(url):
            raise UserError(_("This is not the URL of a picture in DingTalk."))
        with user_errors(self.env):
            content = client.get_file(url, MAX_BYTES)
        try:
            content, kind = upright(content)
        except ValueError as error:
            raise UserError(
                _("DingTalk did not return a valid picture.")
            ) from error
        ending, mimetype = KINDS[kind]
        return {
            "name": "%s.%s" % (_("Picture"), ending),
            "mimetype": mimetype,
            "size": len(content),
            "datas": base64.b64encode(content).decode("ascii"),
        }

    @api.model
    def attach(self, url, model, corp=None):
        """Store a picture of DingTalk as an attachment, for a field of attachments.

        It belongs to no record until the form is saved.

        :param str url: as returned by ``biz.util.uploadImage``
        :param str model: name of the model of the form
        :return: dict of ``id``, ``name`` and ``mimetype``
        """
        found = self.picture(url, corp)
        if not isinstance(model, str) or model not in self.env:
            raise UserError(_("This form does not exist."))
        attachment = self.env["ir.attachment"].create(
            dict(
                compat.file_values(self.env, found["name"], found["datas"]),
                res_model=model, res_id=0,
            )
        )
        return {
            "id": attachment.id, "name": found["name"], "mimetype": found["mimetype"],
        }

    # -- people and departments ------------------------------------------------------

    @api.model
    def people(self, model, userids=(), dept_ids=(), domain=(), corp=None):
        """Return the records of the selected people and departments.

        Records that the user may not read or the field does not accept are omitted.

        :param str model: of the field
        :param userids: list of str
        :param dept_ids: list of ids, as text or numbers
        :param domain: of the field, evaluated
        :return: dict of ``users`` and ``departments``: id in DingTalk, as text, -> [id
            of the record, its name]
        :raise AccessError: the user may not read the model
        """
        of_corp = self._app(corp).corp_id
        people = self._rows("dingding.user", "userid", of_corp, userids)
        departments = self._rows("dingding.department", "dept_id", of_corp, dept_ids)
        return {
            "users": self._linked(people, "userid", model, domain),
            "departments": self._linked(departments, "dept_id", model, domain),
        }

    @api.model
    def _rows(self, model, name, corp, ids):
        """Return the people and departments of ids, with sudo: none is secret.

        :raise UserError: the ids are not a list
        """
        known = isinstance(ids, (list, tuple)) and len(ids) <= MOST_IDS
        if not known or not all(isinstance(each, (str, int)) for each in ids):
            raise UserError(_("This is not a list of people."))
        rows = self.env[model].sudo()
        return rows.search(
            [("corp_id", "=", corp.id), (name, "in", [str(each) for each in ids])]
        )

    @api.model
    def _linked(self, rows, name, model, domain):
        """Return DingTalk id -> [id, name] of the records linked to rows."""
        path = rows._linked_paths().get(model)
        if path is None or not rows:
            return {}
        found = {row[name]: row.mapped(path).id if path else row.id for row in rows}
        # Search as the user, within the field's domain.
        records = self.env[model].search(
            [("id", "in", [each for each in found.values() if each])] + list(domain)
        )
        names = {record.id: record.display_name for record in records}
        return {
            key: [record_id, names[record_id]]
            for key, record_id in found.items()
            if record_id in names
        }
