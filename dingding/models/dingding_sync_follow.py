# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Write what linked records take from people and departments.

The last step of a sync, and of an event for the records that it concerns.
"""
import collections
import json
import logging
import time

from psycopg2 import sql

from odoo import api, models

from .. import compat, rights
from ..sync import converters, follow, plan as plans
from .attempt import attempt
from .dingding_corp_policy import CHINESE
from .dingding_follow import SUBJECTS
from .dingding_sync_compare import dump
from .dingding_sync_mixin import REPORTED

_logger = logging.getLogger(__name__)

BATCH = 100  # records per commit
ROWS = 500  # per statement
FEW = 200  # people, whom an event matches alone
MORE_SECONDS = 20  # by which a step may be longer than told

#: Values that one linked record takes over.
#:
#: subject    'department' or 'person'
#: key        DingTalk's id
#: name       of the person or department
#: record_id  id of the person or department
#: model      of the linked record
#: target     its id
#: followed   see ``sync/follow.py``
#: baseline   the whole baseline of the person or department, model -> dict
Follow = collections.namedtuple(
    "Follow", "subject key name record_id model target followed baseline"
)


class DingdingSync(models.Model):
    _inherit = "dingding.sync"

    # -- finding ---------------------------------------------------------------------

    @api.model
    def _find_follow(self, corp, subject, keys=None, plan=None, made=(), before=()):
        """Return what linked records take over, as a list of Follow; write nothing.

        The number of statements does not depend on the number of records.

        :param str subject: 'department' or 'person'
        :param keys: DingTalk's ids; None: all
        :param Plan plan: what will be written before
        :param made: list of Found: links that will be created before
        :param before: list of Follow of departments that will be written before
        """
        lines_of = self.env["dingding.follow"]._lines_of(subject)
        if not lines_of or keys is not None and not keys:
            return []
        paths = self.env[dict(SUBJECTS)[subject]]._linked_paths()
        columns = sorted(paths[name] for name in lines_of)
        if not made and not self._any_linked(corp, subject, columns):
            return []
        rows = self._follow_rows(corp, subject, columns, keys, plan, made)
        leads, found = self.env["dingding.follow"]._leads(corp), []
        for name in sorted(lines_of):
            linked = self._follow_linked(subject, paths[name], rows)
            if linked:
                found += self._follow_model(
                    corp, subject, name, lines_of[name], linked, leads, before)
        return found

    @api.model
    def _any_linked(self, corp, subject, columns):
        compat.flush(self.env)
        compat.execute(
            self.env.cr,
            sql.SQL("SELECT 1 FROM {} WHERE corp_id = %s AND ({}) LIMIT 1").format(
                sql.Identifier(self.env[dict(SUBJECTS)[subject]]._table),
                sql.SQL(" OR ").join(
                    sql.SQL("{} IS NOT NULL").format(sql.Identifier(name))
                    for name in columns),
            ),
            [corp.id],
        )
        return bool(self.env.cr.fetchone())

    @api.model
    def _follow_rows(self, corp, subject, columns, keys, plan, made):
        """Return DingTalk's id -> row as of ``_stored``, in the order of writing."""
        model = self.env[dict(SUBJECTS)[subject]]
        extra = ["level"] if subject == "department" else ["odoo_contacts"]
        reported = [
            name for name in self.env["dingding.follow"]._granting(subject)
            if name in model._dingtalk_relations() and corp._leads(name) == "dingtalk"
        ]
        rows = model._stored(
            corp, columns + extra + ["follow_baseline"]
            + [REPORTED + name for name in reported], keys)
        for row in rows.values():
            for name in reported:
                row[name] = row.pop(REPORTED + name)
        changes = (plan.departments if subject == "department" else plan.people
                   ) if plan else ()
        for change in changes:
            empty = dict.fromkeys(columns + extra + ["follow_baseline", "id"])
            row = rows.setdefault(change.key, dict(empty, active=True))
            row.update(change.values)
            # Where Odoo has the same value already, only the baseline changes.
            row.update(
                (name, change.baseline[name]) for name in reported
                if name in change.baseline
            )
        if subject == "person":
            for each in made:
                if each.userid in rows:
                    rows[each.userid][each.field] = each.candidate
            rows = {key: row for key, row in rows.items() if row["active"]}
        else:
            managers = self._follow_managers(corp, keys, plan)
            for key, row in rows.items():
                row["manager_ids"] = managers.get(key, set())
        for row in rows.values():
            row["follow"] = model._load_baseline(row["follow_baseline"])
            if subject == "person":
                row["email"] = row.get("org_email") or row.get("email")
        # A new parent may still be below its child.
        return collections.OrderedDict(
            sorted(rows.items(), key=lambda each: (each[1].get("level") or 0, each[0]))
        )

    @api.model
    def _follow_managers(self, corp, keys, plan):
        """Return dept_id -> UserIDs of the active people who manage it.

        Where DingTalk leads, those whom DingTalk has reported, see ``_granting``.
        """
        found = {}
        for dept_id, userid in self._reported_leaders(corp, keys) if (
            corp._leads("leader_department_ids") == "dingtalk"
        ) else self._stored_leaders(corp, keys):
            found.setdefault(dept_id, set()).add(userid)
        for change in plan.people if plan else ():
            leads = change.values.get(
                "leader_department_ids", change.baseline.get("leader_department_ids"))
            if change.action == plans.ARCHIVE:
                leads = ()
            if leads is None:
                continue
            for userids in found.values():
                userids.discard(change.key)
            for dept_id in leads:
                found.setdefault(dept_id, set()).add(change.key)
        return found

    @api.model
    def _stored_leaders(self, corp, keys):
        """Return [(dept_id, UserID)] of the active managers, as Odoo has them."""
        self.env.cr.execute(
            "SELECT d.dept_id, p.userid FROM dingding_department_manager_rel r"
            " JOIN dingding_department d ON d.id = r.department_id"
            " JOIN dingding_user p ON p.id = r.user_id AND p.corp_id = d.corp_id"
            " WHERE d.corp_id = %s AND p.active AND (%s OR d.dept_id IN %s)",
            [corp.id, keys is None, tuple(keys or ()) or ("",)],
        )
        return self.env.cr.fetchall()

    @api.model
    def _reported_leaders(self, corp, keys):
        """Return [(dept_id, UserID)] of the active managers, by the sync baseline."""
        people = self.env["dingding.user"]
        compat.flush(self.env)
        self.env.cr.execute(
            "SELECT userid, baseline_values FROM dingding_user"
            " WHERE corp_id = %s AND active AND baseline_values LIKE %s",
            [corp.id, '%"leader_department_ids": [%'],
        )
        return [
            (dept_id, userid) for userid, baseline in self.env.cr.fetchall()
            for dept_id in people._load_baseline(baseline).get(
                "leader_department_ids") or ()
            if keys is None or dept_id in keys
        ]

    @api.model
    def _follow_linked(self, subject, link, rows):
        """Return id of the linked record -> (key, row).

        A record that is linked to several people or departments follows the first one,
        active ones before archived ones, and those of archived organisations last.
        """
        linked = collections.OrderedDict()
        for key, row in sorted(rows.items(), key=lambda each: bool(each[1]["active"])):
            if row.get(link):
                linked[row[link]] = (key, row)
        if not linked:
            return linked
        model = self.env[dict(SUBJECTS)[subject]]
        compat.execute(
            self.env.cr,
            sql.SQL(
                "SELECT this.{0}, (array_agg(this.id"
                " ORDER BY corp.active DESC, this.active DESC, this.id))[1]"
                " FROM {1} this JOIN dingding_corp corp ON corp.id = this.corp_id"
                " WHERE this.{0} IN %s AND (this.active OR %s)"
                " GROUP BY this.{0} HAVING count(*) > 1"
            ).format(sql.Identifier(link), sql.Identifier(model._table)),
            [tuple(linked), subject == "department"],
        )
        for target, record_id in self.env.cr.fetchall():
            if linked[target][1]["id"] != record_id:
                del linked[target]
        order = {key: place for place, key in enumerate(rows)}
        return collections.OrderedDict(
            sorted(linked.items(), key=lambda each: order[each[1][0]])
        )

    @api.model
    def _follow_model(self, corp, subject, name, lines, linked, leads, before=()):
        """Compare the linked records of one model.

        :param lines: list of FollowMap
        :param dict linked: id of the linked record -> (key, row)
        :param before: as for ``_find_follow``
        """
        model = self.env[name].with_context(active_test=False)
        if any(model._fields[line.field].translate for line in lines):
            model = model.with_context(lang=self._language_of_names())
        rows = [row for _key, row in linked.values()]
        values_of = {line: self._follow_values(corp, line, rows) for line in lines}
        names = {line.field for line in lines} | set(self._follow_reads(name))
        names |= {"active"} & set(model._fields)
        odoo_rows = {
            values["id"]: values for values in model.browse(sorted(linked)).read(
                sorted(names), load="_classic_write")
        }
        kept = self._follow_kept(corp, name, linked, odoo_rows, leads)
        derived = self._follow_derived(corp, name, lines, leads, before)
        found = []
        for target, (key, row) in linked.items():
            odoo_values = {
                field: self.env["dingding.user"]._as_compared(value)
                for field, value in odoo_rows[target].items()
            }
            stored = row["follow"].get(name) or {}
            base = stored.get("values") or {}
            base = base if stored.get("id") == target else {}
            back = subject == "person" and base.get("active") is False
            if kept.get(target, ()) is None or subject == "person" and not (
                odoo_values.get("active", True) or back
            ):
                continue
            dingtalk_values = {}
            for line in lines:
                if line.field in kept.get(target, ()):
                    continue
                try:
                    dingtalk_values[line.field] = self._follow_value(
                        line, row, odoo_values, values_of[line])
                except KeyError:
                    continue  # unknown
                if line.source == "mobile" and follow.same_mobile(
                    odoo_values.get(line.field), row.get("mobile_number")
                ):
                    # The same with its country code.
                    dingtalk_values[line.field] = odoo_values[line.field]
            followed = follow.follow(lines, leads, dingtalk_values, odoo_values, base)
            if back:
                # Odoo archived it when the person left.
                followed.baseline["active"] = True
                if not odoo_values.get("active", True):
                    followed.new["active"], followed.old["active"] = True, False
            if derived:
                derived.complete(target, row, odoo_values, base, followed)
            if derived or any(followed):
                found.append(Follow(
                    subject, key, row["name"], row["id"], name, target, followed,
                    row["follow"],
                ))
        return derived.ordered(found) if derived else found

    @api.model
    def _language_of_names(self):
        """Return the language in which names are compared with DingTalk's.

        None for that of the sources. Later series translate names of HR departments.
        """
        return CHINESE if self.env["dingding.corp"]._has_chinese() else None

    @api.model
    def _follow_derived(self, corp, name, lines, leads, before):
        """Return what derives further values of a linked model, or None.

        Addons return an object with two methods: ``complete(target, row, odoo_values,
        base, followed)`` takes the Followed of each record, and ``ordered(found)``
        returns the list of Follow with changes, in the order of writing.
        """
        return None

    @api.model
    def _follow_values(self, corp, line, rows):
        """Return DingTalk's value -> id of the record, for a line with a relation.

        None if values are written as they are. Addons with other relations extend it.
        """
        if line.relation not in dict(SUBJECTS):
            return None
        other = self.env[dict(SUBJECTS)[line.relation]]
        link = other._linked_paths().get(
            self.env[line.model]._fields[line.field].comodel_name)
        wanted = set()
        for row in rows:
            value = row.get(line.source)
            wanted.update(value if isinstance(value, (set, frozenset)) else [value])
        wanted -= {None, False, ""}
        if not wanted:
            return {}
        compat.execute(
            self.env.cr,
            sql.SQL(
                "SELECT {key}, {link} FROM {table} WHERE corp_id = %s AND {key} IN %s"
                " AND {link} IS NOT NULL"
            ).format(
                key=sql.Identifier(other._sync_key), link=sql.Identifier(link),
                table=sql.Identifier(other._table),
            ),
            [corp.id, tuple(wanted)],
        )
        return dict(self.env.cr.fetchall())

    @api.model
    def _follow_value(self, line, row, odoo_values, values):
        """Return the value for a field of a linked record.

        :param dict odoo_values: its stored values
        :param dict values: see ``_follow_values``
        :raise KeyError: the value is unknown, or its record is not linked
        """
        value = row[line.source]
        if values is None or not value:
            return value or None
        if not isinstance(value, (set, frozenset)):
            return values[value]
        found = sorted(values[key] for key in value if key in values)
        if not found:
            raise KeyError(line.source)
        # Of several managers, the present one stays.
        stored = odoo_values.get(line.field)
        return stored if stored in found else found[0]

    @api.model
    def _follow_reads(self, name):
        """Return the fields of a linked model that ``_follow_kept`` needs."""
        return []

    @api.model
    def _follow_kept(self, corp, name, linked, odoo_rows, leads):
        """Return what must not be written: id -> set of fields, None for all.

        A change in DingTalk must give nobody the rights of an administrator. Nor must a
        DingTalk manager choose a user's contact details: the mailbox resets the
        password, the mobile links people.

        :param dict linked: id of the linked record -> (key, row)
        :param dict odoo_rows: id -> stored values
        """
        if name != "res.users":
            return {}
        groups = [compat.xmlid_id(self.env, xmlid)
                  for xmlid in ("base.group_system", "base.group_erp_manager")]
        administrators = self.env["res.users"].with_context(active_test=False).search(
            [(compat.ALL_USER_GROUPS, "in", groups), ("id", "in", list(linked))])
        kept = dict.fromkeys(set(administrators.ids) | rights.owner_ids(self.env))
        lines = self.env["dingding.follow"]._lines_of("person")[name]
        for target, (_key, row) in linked.items():
            if target not in kept:
                entered = self._entered_in_odoo(row)
                kept[target] = {line.field for line in lines if line.source in entered}
        return kept

    @staticmethod
    def _entered_in_odoo(row):
        """Return which of a person's contact details were entered in Odoo.

        DingTalk only repeats them, so they prove nothing.

        :rtype: set of 'email' and 'mobile'
        """
        entered = set(json.loads(row.get("odoo_contacts") or "[]"))
        mobile = row.get("mobile")
        values = {
            "email": {follow.links.email(row.get("email"))},
            "mobile": {row.get("mobile_number")} | {
                converters.number(mobile, each)
                for each in (row.get("state_code"), None)
            },
        }
        return {source for source in values if values[source] & entered}

    # -- writing -----------------------------------------------------------------------

    @api.model
    def _write_follow(self, corp, found):
        """Write to linked records; a refused one is a problem of the sync."""
        batches = collections.OrderedDict()
        for each in found:
            values = dict(each.followed.also, **each.followed.new)
            if values:
                batch = batches.setdefault((each.model, dump(values)), (values, []))
                batch[1].append(each)
        refused = self._write_batches(batches)
        self._log_refused("follow_refused", [
            (each.subject, each.key, each.name, error) for each, error in refused])
        lost = {(each.model, each.target) for each, _error in refused}
        texts = {}
        for each in found:
            if (each.model, each.target) in lost:
                continue
            self._note_follow_conflicts(each)
            if each.model == "res.users" and each.followed.baseline.get("active"):
                self._end_former_sharing(each.target)
            if each.followed.baseline:
                before = each.baseline.get(each.model) or {}
                values = before.get("values") if before.get("id") == each.target else {}
                each.baseline[each.model] = {
                    "id": each.target, "values": dict(values, **each.followed.baseline)}
                texts.setdefault(each.subject, {})[each.record_id] = each.baseline
        for subject, name in SUBJECTS:
            self._write_follow_baselines(self.env[name], texts.get(subject, {}))

    def _write_batches(self, batches):
        """Write the batches; return the refused ones as list of (Follow, error)."""
        if not batches:
            return []

        def write_all():
            for (name, _text), (values, those) in batches.items():
                self._write_linked(name, [each.target for each in those], values)

        _none, error = attempt(self.env, write_all)
        if error is None:
            return []
        _logger.info("%s: linked records are written one by one: %s", self, error)
        refused = []
        for (name, _text), (values, those) in batches.items():
            for each in those:
                _none, error = attempt(
                    self.env, self._write_linked, name, [each.target], values)
                if error is not None:
                    refused.append((each, error))
        return refused

    @api.model
    def _write_linked(self, name, ids, values):
        """Write to linked records: tracked as usual, without mail to followers."""
        records = self.env[name].with_context(
            dingding_no_push=True, active_test=False, mail_notify_force_send=False,
            mail_auto_subscribe_no_notify=True,
        )
        values = {field: False if value is None else value
                  for field, value in values.items()}
        if len(ids) > 1 and values.get("parent_id") and (
                records._fields["parent_id"].comodel_name == name):
            # Up to 15, Odoo looks without end for a circle that others are below.
            above, current = [], records.browse(values["parent_id"])
            while current and current.id not in above:
                above.append(current.id)
                current = current.parent_id
            ids = sorted(ids, key=lambda each: each not in above)
        records = records.browse(ids)
        records.write(values)
        # DingTalk has one name for all languages; a former one would be wrong.
        translated = {field: value for field, value in values.items()
                      if records._fields[field].translate}
        if translated:
            for code, _name in self.env["res.lang"].get_installed():
                records.with_context(lang=code).write(translated)

    def _log_refused(self, code, refused):
        """Add what Odoo has refused to the problems of the sync.

        An event has none: the next sync tries it again, and reports it.

        :param refused: list of (subject, DingTalk's id, name, error)
        """
        if not self:
            for subject, key, _name, error in refused:
                _logger.warning("%s %s: %s: %s", subject, key, code, error)
            return
        self._log_problems([
            {
                "code": code, "subject": name, "error": error,
                "dept_id": key if subject == "department" else "",
                "userid": key if subject == "person" else "", "remedy": "",
            }
            for subject, key, name, error in refused
        ])

    def _note_follow_conflicts(self, each):
        record = self.env[dict(SUBJECTS)[each.subject]].browse(each.record_id)
        target = self.env[each.model].browse(each.target)
        for field, odoo_value, dingtalk_value, kept in each.followed.conflicts:
            self.env["dingding.conflict"]._record(
                record, field, odoo_value, dingtalk_value, kept, sync=self[:1],
                linked=target)

    @api.model
    def _write_follow_baselines(self, model, baselines):
        """Store the baselines in bulk: id -> baseline."""
        ids = sorted(baselines)
        for start in range(0, len(ids), ROWS):
            part = ids[start:start + ROWS]
            query = sql.SQL(
                "UPDATE {} this SET follow_baseline = that.text FROM (VALUES {})"
                " AS that (id, text) WHERE this.id = that.id"
            ).format(
                sql.Identifier(model._table),
                sql.SQL(", ").join([sql.Placeholder()] * len(part)),
            )
            compat.execute(self.env.cr, query, [
                (id_, json.dumps(baselines[id_], sort_keys=True, ensure_ascii=False))
                for id_ in part
            ])
        if ids:
            compat.forget_fields(model.browse(ids), ["follow_baseline"])

    @api.model
    def _note_offboarded(self, person, target):
        if target.active:
            self._note_taken(person, target, active=False)

    @api.model
    def _note_taken(self, person, target, **taken):
        """Note what a leaver's linked record has lost, to be given back."""
        name = target._name
        baseline = person._load_baseline(person.sudo().follow_baseline)
        before = baseline.get(name) or {}
        values = before.get("values") or {} if before.get("id") == target.id else {}
        baseline[name] = {"id": target.id, "values": dict(values, **taken)}
        self._write_follow_baselines(person, {person.id: baseline})

    # -- in a sync -------------------------------------------------------------------

    @api.model
    def _follow_lines(self, found):
        """Return the values of the lines that show changes of linked records."""
        return [
            {
                "kind": "follow", "subject": each.subject, "name": each.name,
                "key": each.key, "record_id": each.record_id, "action": "follow",
                "new_values": dump(each.followed.new),
                "old_values": dump(each.followed.old),
                "more": dump({"model": each.model,
                              "conflicts": each.followed.conflicts}),
            }
            for each in found if each.followed.new or each.followed.conflicts
        ]

    def _preview_lines(self, plan, confirmed):
        problems = super()._preview_lines(plan, confirmed)
        corp, made = self.corp_id, []
        if self.kind == "users":
            made = self._find_links(corp, plan)[0]
        found = self._find_follow(corp, "department", plan=plan)
        if self.kind == "users":
            found += self._find_follow(
                corp, "person", plan=plan, made=made, before=tuple(found))
        self._insert_lines(self._follow_lines(found))
        return problems

    def _follow(self, meter, deadline):
        """Write to linked records, batch by batch; return False if time ran out.

        The preview's lines say what a manager left out.
        """
        shown = self.env["dingding.sync.line"]
        if self.decision:
            shown = shown.search(
                [("sync_id", "=", self.id), ("action", "=", "follow")])
        left_out = {
            (line.subject, line.key, line._values("more").get("model"))
            for line in shown if line.state == "skipped"
        }
        waiting = {
            (line.subject, line.key, line._values("more").get("model")): line.id
            for line in shown if line.state == "pending"
        }
        for subject, _name in SUBJECTS:
            if subject == "person" and self.kind != "users":
                continue
            begun = time.monotonic()
            found = [
                each for each in self._find_follow(self.corp_id, subject)
                if (subject, each.key, each.model) not in left_out
            ]
            # The next step has to find them again: write for as long as that takes.
            now = time.monotonic()
            deadline = max(deadline, now + min(now - begun, MORE_SECONDS))
            for start in range(0, len(found), BATCH):
                if time.monotonic() > deadline and start:
                    return False
                batch = found[start:start + BATCH]
                self._write_follow(self.corp_id, batch)
                if self.decision:
                    done = [
                        waiting.pop((subject, each.key, each.model), None)
                        for each in batch
                    ]
                    self._mark_lines([each for each in done if each], "done")
                else:
                    self._insert_lines(self._follow_lines(batch), "done")
                compat.flush(self.env)
                self._report({"stage": "follow", "calls": meter.total})
        self._mark_lines(waiting.values(), "skipped", "changed")
        return True

    # -- for single records ----------------------------------------------------------

    @api.model
    def _follow_part(self, corp, userids=(), dept_ids=()):
        """Write to the records linked to these people and departments."""
        found = self._find_follow(corp, "department", set(dept_ids))
        self._write_follow(corp, found)
        compat.flush(self.env)
        userids = set(userids) | self._follow_touched(corp, found)
        found = self._find_follow(corp, "person", userids)
        self._write_follow(corp, found)
        compat.flush(self.env)
        userids = self._follow_touched(corp, found) - userids
        self._write_follow(corp, self._find_follow(corp, "person", userids))
        compat.flush(self.env)

    @api.model
    def _settle_part(self, corp, plan, dept_ids=(), made=()):
        """Link, create and update what belongs to single people and departments.

        For events.

        :param Plan plan: what was written
        :param dept_ids: departments that were written besides
        :param made: those of them that are new
        """
        userids = {change.key for change in plan.people}
        if not userids and not plan.departments and not dept_ids:
            return
        dept_ids = set(dept_ids) | {change.key for change in plan.departments}
        dept_ids |= self._departments_led(corp, plan)
        found, may_link = [], self._may_link(plan.people)
        this = self
        if len(userids) <= FEW:
            # Others, whom the change lets be linked, are with the next sync.
            this = self._only(self.env["dingding.user"].search(
                [("corp_id", "=", corp.id), ("userid", "in", sorted(userids))]))
        if may_link:
            found = this._find_links(corp)[0]
            links = [each for each in found if each.sure]
            self._write_links(corp, links)
            userids |= {each.userid for each in links}
        if may_link or made:
            lines, _problems = this._plan_records(corp, found)
            self._make_part(corp, lines, userids, set(made))
        if made:
            # Their people and the departments below can be placed now.
            new = self.env["dingding.department"].search(
                [("corp_id", "=", corp.id), ("dept_id", "in", sorted(made))])
            dept_ids |= set(new.mapped("child_ids.dept_id")) - {False}
            userids |= set(self.env["dingding.user"].search(
                [("main_department_id", "in", new.ids)]).mapped("userid"))
        self._follow_part(corp, userids | self._managed_by(corp, plan), dept_ids)

    @api.model
    def _departments_led(self, corp, plan):
        """Return the dept_ids that changed people manage, or managed before."""
        found = set()
        for change in plan.people:
            found |= set(change.old.get("leader_department_ids") or ())
        if plan.people:
            self.env.cr.execute(
                "SELECT DISTINCT d.dept_id FROM dingding_department_manager_rel r"
                " JOIN dingding_department d ON d.id = r.department_id"
                " JOIN dingding_user p ON p.id = r.user_id"
                " WHERE p.corp_id = %s AND p.userid IN %s AND d.dept_id IS NOT NULL",
                [corp.id, tuple(change.key for change in plan.people)],
            )
            found |= {row[0] for row in self.env.cr.fetchall()}
        return found

    @api.model
    def _managed_by(self, corp, plan):
        """Return the UserIDs of those whose direct manager has left or is back."""
        keys = [each.key for each in plan.people if "active" in each.values]
        if not keys:
            return set()
        return set(self.env["dingding.user"].search(
            [("corp_id", "=", corp.id), ("manager_id.userid", "in", keys),
             ("manager_id.corp_id", "=", corp.id)]).mapped("userid"))

    @api.model
    def _make_part(self, corp, lines, userids, dept_ids):
        """Create what the policy promises to these people and departments.

        :param lines: of ``_plan_records``
        """
        wanted = {"person": userids, "department": dept_ids}
        kinds = collections.OrderedDict()
        for line in lines:
            if line["key"] in wanted[line["subject"]]:
                kind = line["kind"], line["subject"]
                kinds.setdefault(kind, []).append(line["key"])
        for (kind, subject), keys in kinds.items():
            ids = self._ids_to_make(subject, corp, keys)
            self._create_accepted(kind, subject, corp, list(ids.values()))

    @api.model
    def _follow_touched(self, corp, found):
        """Return UserIDs whose linked records depend on those that were written.

        :param found: list of Follow, of departments or people
        """
        return set()
