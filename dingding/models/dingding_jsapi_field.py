# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""What fields of forms need of the server after DingTalk has asked the person."""
import base64
import io

from PIL import Image

from odoo import _, api, models
from odoo.exceptions import AccessError, UserError

from .dingding_picture import FORMATS
from .remedies import user_errors

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 50 * 1000 * 1000  # a small file may unpack to a very large picture
MOST_IDS = 1000
KINDS = {"JPEG": ("jpg", "image/jpeg"), "PNG": ("png", "image/png"),
         "GIF": ("gif", "image/gif"), "WEBP": ("webp", "image/webp")}
ORIENTATION = 0x0112  # number of the EXIF tag
# What turns a picture the way it was held, by the value of the tag.
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
    """Return (picture the way it was held, its format) of a file.

    Phones write down how they were held instead of turning the picture, and Odoo's
    own making of small pictures loses that in the earlier series.

    :param bytes content: a file that somebody else has made
    :raise ValueError: it is no picture, or too large a one
    """
    try:
        image = Image.open(io.BytesIO(content))
        kind = image.format
        if kind not in FORMATS:
            raise ValueError("a picture of the kind %s" % kind)
        if image.size[0] * image.size[1] > MAX_PIXELS:
            raise ValueError("a picture of %d x %d" % image.size)
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
    except ValueError:
        raise
    except Exception as error:
        # Pillow raises nearly anything about a broken file.
        raise ValueError("no picture: %s" % type(error).__name__) from error
    return content, kind


class DingdingJsapiField(models.AbstractModel):
    """One public method a kind of field; called by the web client.

    Nothing is written into the record here: the field changes its value in the form,
    and the person saves.
    """

    _name = "dingding.jsapi.field"
    _description = "Fields of forms inside DingTalk"

    @api.model
    def _app(self, corp):
        """Return the application for the current user, with sudo.

        :param str corp: CorpId, as the page was told; None: the own organisation
        :raise AccessError: for employees only
        :raise UserError: no such organisation
        """
        if not self.env.user.has_group("base.group_user"):
            raise AccessError(_("This is for employees."))
        app = self.env["dingding.jsapi"]._app(corp)
        if app is None:
            raise UserError(_("No organisation of DingTalk is connected for you."))
        return app

    @api.model
    def words(self):
        """Return what the fields say, in the user's language.

        Odoo up to 15 translates texts in scripts of one folder only.
        """
        return dict(
            self.env["dingding.microapp"]._words(),
            scan=_("Scan a code"),
            place=_("Where I am"),
            camera=_("Take a picture"),
            album=_("Choose a picture"),
            people=_("Choose people in DingTalk"),
            departments=_("Choose departments in DingTalk"),
            limit=_("That is more than this field takes."),
            unknown=_("Not known here, or not to be chosen in this field:"),
            denied=_("The browser was not allowed to tell where you are."),
            nowhere=_("The browser does not know where you are."),
        )

    # -- pictures --------------------------------------------------------------------

    @api.model
    def picture(self, url, corp=None):
        """Return a picture that DingTalk keeps, for an image field.

        Only hosts of DingTalk are asked, whatever address a client sends, and they
        cannot send the server elsewhere.

        :param str url: as ``biz.util.uploadImage`` named it
        :return: dict of ``name``, ``mimetype``, ``size`` (bytes) and ``datas`` (base64)
        :raise UserError: no address of DingTalk, no picture, or too large a one
        """
        app = self._app(corp)
        client = app._dingtalk_client(max_attempts=1)
        if not isinstance(url, str) or not client.hosts.allows_storage(url):
            raise UserError(_("This is no address of a picture in DingTalk."))
        with user_errors(self.env):
            content = client.get_file(url, MAX_BYTES)
        try:
            content, kind = upright(content)
        except ValueError as error:
            raise UserError(
                _("DingTalk gave no picture that can be used.")
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
        """Keep a picture of DingTalk as an attachment, for a field of attachments.

        As when a file is uploaded there: it belongs to no record until the form is
        saved.

        :param str url: as ``biz.util.uploadImage`` named it
        :param str model: name of the model of the form
        :return: dict of ``id``, ``name`` and ``mimetype``
        """
        found = self.picture(url, corp)
        if not isinstance(model, str) or model not in self.env:
            raise UserError(_("There is no such form."))
        attachment = self.env["ir.attachment"].create(
            {
                "name": found["name"],
                "datas": found["datas"],
                "res_model": model,
                "res_id": 0,
            }
        )
        return {
            "id": attachment.id, "name": found["name"], "mimetype": found["mimetype"],
        }

    # -- people and departments ------------------------------------------------------

    @api.model
    def _people_paths(self):
        """Return model -> path from a person of DingTalk to it; addons add theirs."""
        return {
            "dingding.user": "",
            "res.users": "user_id",
            "res.partner": "user_id.partner_id",
        }

    @api.model
    def _department_paths(self):
        """Return model -> path from a department of DingTalk to it."""
        return {"dingding.department": ""}

    @api.model
    def people(self, model, userids=(), dept_ids=(), domain=(), corp=None):
        """Return the records of the people and departments that were chosen.

        Only those that the user may read and the field takes; the rest is left out.

        :param str model: of the field
        :param userids: list of str
        :param dept_ids: list of ids, as text or numbers
        :param domain: of the field, evaluated
        :return: dict of ``users`` and ``departments``: id in DingTalk, as text, ->
            [id of the record, its name]
        :raise AccessError: the user may not read the model
        """
        of_corp = self._app(corp).corp_id
        people = self._rows("dingding.user", "userid", of_corp, userids)
        departments = self._rows("dingding.department", "dept_id", of_corp, dept_ids)
        return {
            "users": self._linked(
                people, "userid", self._people_paths().get(model), model, domain
            ),
            "departments": self._linked(
                departments, "dept_id", self._department_paths().get(model), model,
                domain,
            ),
        }

    @api.model
    def _rows(self, model, name, corp, ids):
        """Return what the ids mean, with sudo: who is who is no secret there.

        :raise UserError: no list of ids
        """
        known = isinstance(ids, (list, tuple)) and len(ids) <= MOST_IDS
        if not known or not all(isinstance(each, (str, int)) for each in ids):
            raise UserError(_("This is no list of people."))
        rows = self.env[model].sudo()
        return rows.search(
            [("corp_id", "=", corp.id), (name, "in", [str(each) for each in ids])]
        )

    @api.model
    def _linked(self, rows, name, path, model, domain):
        """Return id in DingTalk -> [id, name] of the records that rows lead to.

        :param path: from a row to the record; '' the row itself, None: none
        """
        if path is None or not rows:
            return {}
        found = {row[name]: row.mapped(path).id if path else row.id for row in rows}
        # As the user, and within what the field takes.
        records = self.env[model].search(
            [("id", "in", [each for each in found.values() if each])] + list(domain)
        )
        names = {record.id: record.display_name for record in records}
        return {
            key: [record_id, names[record_id]]
            for key, record_id in found.items()
            if record_id in names
        }
