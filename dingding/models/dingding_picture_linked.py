# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Copy people's downloaded pictures to linked records, as a policy says."""
import logging
import time

from psycopg2 import sql

from odoo import api, models

from .. import compat

_logger = logging.getLogger(__name__)

BATCH = 20  # pictures per commit
PICTURE = "picture"  # key of the address in the baseline of a linked record


class DingdingPicture(models.Model):
    """Copy pictures after the downloads, in the same queued work."""

    _inherit = "dingding.picture"

    @api.model
    def _is_needed(self, corp):
        return super()._is_needed(corp) or bool(self._uncopied(corp, 1))

    def _finish_work(self, corp, deadline):
        while True:
            found = self._uncopied(corp, BATCH)
            if not found:
                return super()._finish_work(corp, deadline)
            if time.monotonic() > deadline:
                return False
            self._copy(corp, found)
            self._commit()

    @api.model
    def _uncopied(self, corp, limit):
        """Return people whose picture a linked record has not got yet.

        :return: list of (id of the person, model, id of the linked record)
        """
        if corp.avatars != "changed":
            return []
        paths, found = self.env["dingding.user"]._linked_paths(), []
        compat.flush(self.env)
        for name, policy in sorted(corp._picture_policies().items()):
            if policy == "never":
                continue
            compat.execute(
                self.env.cr,
                # Of several people, the first one counts.
                sql.SQL(
                    "SELECT p.id, p.{link} FROM dingding_user p"
                    " WHERE p.corp_id = %s AND p.active AND p.{link} IS NOT NULL"
                    " AND COALESCE(p.image_address, '') <> ''"
                    " AND p.image_address IS DISTINCT FROM CASE WHEN"
                    " COALESCE(p.follow_baseline, '{{}}')::json #>> %s = p.{link}::text"
                    " THEN p.follow_baseline::json #>> %s END"
                    " AND NOT EXISTS (SELECT 1 FROM dingding_user o"
                    " JOIN dingding_corp c ON c.id = o.corp_id WHERE o.active"
                    " AND c.active AND o.{link} = p.{link} AND o.id < p.id)"
                    " ORDER BY p.id LIMIT %s"
                ).format(link=sql.Identifier(paths[name])),
                [corp.id, [name, "id"], [name, "values", PICTURE], limit],
            )
            found += [(row[0], name, row[1]) for row in self.env.cr.fetchall()]
        return found[:limit]

    @api.model
    def _copy(self, corp, found):
        """Write pictures to linked records, and note their address."""
        policies, syncs = corp._picture_policies(), self.env["dingding.sync"]
        for name in sorted({each[1] for each in found}):
            targets = {target: person for person, model, target in found
                       if model == name}
            kept = syncs._follow_kept(
                corp, name, {target: ("", {}) for target in targets},
                {target: {"user_id": False} for target in targets},
                lambda line: "odoo")
            baselines = {}
            for target, person in targets.items():
                person = self.env["dingding.user"].browse(person)
                record = self.env[name].with_context(active_test=False).browse(target)
                if kept.get(target, ()) is not None and (
                    policies[name] == "always" or not compat.has_picture(record)
                ):
                    self._copy_one(record, person.image)
                baseline = person._load_baseline(person.sudo().follow_baseline)
                before = baseline.get(name) or {}
                values = before.get("values") if before.get("id") == target else {}
                baseline[name] = {
                    "id": target,
                    "values": dict(values or {}, **{PICTURE: person.image_address})}
                baselines[person.id] = baseline
            syncs._write_follow_baselines(self.env["dingding.user"], baselines)

    @api.model
    def _copy_one(self, record, image):
        if not image:
            return  # it was rejected
        try:
            with self.env.cr.savepoint():
                self.env["dingding.sync"]._write_linked(
                    record._name, record.ids, {compat.picture_field(record): image})
                compat.flush(self.env)
        except ValueError as error:
            # Odoo's own checks of pictures.
            compat.forget(self.env)
            _logger.info("The picture of %s was refused: %s", record, error)
