"""Let tests of Odoo 11 share what its caches ask of the database.

Odoo empties its caches after each test, so each asks again for the same ids of models,
rights, rules and templates. Here an answer is kept for the whole run, and given again
where the tables that it is made of have the same contents: in a transaction that has
not written to them, or is back at a savepoint. See docs/benchmarks.md.

Runs inside Odoo's interpreter, so it is Python 3.5.
"""

import importlib
import itertools
import re
import unittest

RIGHTS = ("res_groups_users_rel", "res_groups", "res_groups_implied_rel", "ir_model")
VIEWS = ("ir_ui_view", "ir_ui_view_group_rel", "ir_translation", "ir_model_data")
#: (model, method) -> the tables that its answers are made of.
TABLES = {
    ("ir.config_parameter", "_get_param"): ("ir_config_parameter",),
    ("ir.default", "get_model_defaults"): (
        "ir_default", "ir_model_fields", "res_users.company_id"),
    ("ir.model", "_get_id"): ("ir_model",),
    ("ir.model.access", "check"): ("ir_model_access", "res_users.gone") + RIGHTS,
    ("ir.model.data", "xmlid_lookup"): ("ir_model_data",),
    ("ir.model.fields", "_get_id"): ("ir_model_fields", "ir_model"),
    ("ir.qweb", "_get_asset"): ("ir_attachment",) + VIEWS,
    ("ir.qweb", "_get_asset_content"): ("ir_attachment",) + VIEWS,
    ("ir.qweb", "_get_asset_nodes"): ("ir_attachment",) + VIEWS,
    ("ir.qweb", "compile"): VIEWS,
    ("ir.rule", "_compute_domain"): (
        "ir_rule", "rule_group_rel", "res_users.company_id", "res_users.gone",
        "res_company_users_rel", "res_company.gone",
        "res_partner.commercial_partner_id") + RIGHTS,
    ("ir.translation", "__get_source"): ("ir_translation",),
    ("ir.translation", "get_field_help"): ("ir_translation", "ir_model_fields"),
    ("ir.translation", "get_field_string"): ("ir_translation", "ir_model_fields"),
    ("ir.ui.view", "_read_template"): VIEWS + RIGHTS,
    ("ir.ui.view", "get_view_id"): VIEWS,
    ("mail.message.subtype", "_auto_subscribe_subtypes"): ("mail_message_subtype",),
    ("mail.message.subtype", "_default_subtypes"): ("mail_message_subtype",),
    ("res.lang", "_data_get"): ("res_lang",),
    ("res.lang", "_lang_get_id"): ("res_lang",),
    ("res.lang", "get_available"): ("res_lang",),
    ("res.lang", "get_installed"): ("res_lang",),
    ("res.users", "_has_group"): ("ir_model_data", "res_users.gone") + RIGHTS,
}
WATCHED = {table for tables in TABLES.values() for table in tables}
# Any statement but plain reading may write, and names the table behind these words.
WRITES = re.compile(
    r'\b(INSERT\s+INTO|UPDATE|DELETE\s+FROM|TRUNCATE(?:\s+TABLE)?|ALTER\s+TABLE)'
    r'\s+(?:ONLY\s+)?"?(\w+)', re.I)
SAVEPOINT = re.compile(
    r'\s*(SAVEPOINT|ROLLBACK\s+TO(?:\s+SAVEPOINT)?|RELEASE(?:\s+SAVEPOINT)?)'
    r'\s+"?(\w+)"?\s*;?\s*\Z', re.I)


def written(statement):
    """Return what an SQL statement may change of :data:`WATCHED`.

    ``table.column`` is written if the statement updates the table and names the column,
    ``table.gone`` if it deletes rows. A new row has a number that nobody asked about.
    """
    found = set()
    for verb, table in WRITES.findall(statement):
        verb, table = verb[:6].upper(), table.lower()
        found.add(table)
        if verb in ("DELETE", "TRUNCA", "ALTER "):
            found.update(each for each in WATCHED if each.startswith(table + "."))
        elif verb == "UPDATE":
            found.update(
                each for each in WATCHED
                if each.startswith(table + ".") and each.split(".")[1] in statement)
    return found & WATCHED


class Contents(object):
    """What a transaction sees in the tables, named by its last write to each.

    :ivar dict writes: table -> number of the write; others are as committed
    :ivar dict known: the answers that are about written tables
    """

    _numbers = itertools.count(1)

    def __init__(self):
        self.writes, self.known = {}, {}
        self._savepoints = []

    def note(self, statement):
        """Note a statement that is about to be executed."""
        mark = SAVEPOINT.match(statement)
        if not mark:
            for table in written(statement):
                self.writes[table] = next(self._numbers)
            return
        verb, name = mark.group(1).upper(), mark.group(2).lower()
        if verb == "SAVEPOINT":
            self._savepoints.append((name, dict(self.writes)))
            return
        while self._savepoints and self._savepoints[-1][0] != name:
            self._savepoints.pop()
        if verb.startswith("ROLLBACK"):
            before = self._savepoints[-1][1] if self._savepoints else {
                table: next(self._numbers) for table in WATCHED}
            self.writes = dict(before)
        elif self._savepoints:
            self._savepoints.pop()


class Answers(object):
    """The answers of a run, each with the contents that it was found in."""

    def __init__(self):
        self._known = {}
        #: Tables to which something was committed while tests ran.
        self.spoilt = set()
        #: Modules may be installed before the first test.
        self.used = False

    def note(self, cr, statement):
        """Note what a cursor is about to execute."""
        own = vars(cr)
        if "a_contents" not in own:
            own["a_contents"] = Contents()
        own["a_contents"].note(statement)

    def ended(self, cr, committed):
        """Note that a cursor's transaction has ended."""
        contents = vars(cr).pop("a_contents", None)
        if committed and contents:
            self.spoilt.update(contents.writes)

    def ask(self, cr, key, compute):
        """Return the known answer, or compute it.

        :param key: the model's name, the method, and the arguments
        :param compute: returns the answer
        """
        tables = TABLES.get((key[0], key[1].__name__))
        contents = getattr(cr, "a_contents", None)
        if not (self.used and tables and contents) or self.spoilt.intersection(tables):
            return compute()
        seen = tuple(map(contents.writes.get, tables))
        known = contents.known if any(seen) else self._known
        if (key, seen) in known:
            return known[key, seen]
        answer = compute()
        if seen == tuple(map(contents.writes.get, tables)):
            known[key, seen] = answer
        return answer


def as_text(cr, query):
    """Return a composed or encoded query as text."""
    if isinstance(query, bytes):
        return query.decode("utf-8", "replace")
    return query.as_string(cr._obj)


def keep_answers():
    """Have Odoo's caches ask :class:`Answers`."""
    answers = Answers()
    cursors = importlib.import_module("odoo.sql_db").Cursor
    cache = importlib.import_module("odoo.tools.cache").ormcache
    execute, commit, rollback = cursors.execute, cursors.commit, cursors.rollback
    run = unittest.TextTestRunner.run

    def execute_noted(cr, query, params=None, log_exceptions=None):
        if answers.used:
            text = query if isinstance(query, str) else as_text(cr, query)
            # Most statements only read.
            if text[:7] != "SELECT " or "a_contents" not in vars(cr):
                answers.note(cr, text)
        return execute(cr, query, params, log_exceptions)

    def commit_noted(cr):
        result = commit(cr)
        answers.ended(cr, answers.used)
        return result

    def rollback_noted(cr):
        result = rollback(cr)
        answers.ended(cr, False)
        return result

    def lookup(self, method, *args, **kwargs):
        found, start, counter = self.lru(args[0])
        key = start + self.key(*args, **kwargs)
        try:
            answer = found[key]
            counter.hit += 1
            return answer
        except KeyError:
            counter.miss += 1
        except TypeError:
            counter.err += 1
            return self.method(*args, **kwargs)
        if cursors.execute is execute_noted:
            answer = answers.ask(
                args[0]._cr, key, lambda: self.method(*args, **kwargs))
        else:
            # A test counts statements.
            answer = self.method(*args, **kwargs)
        found[key] = answer
        return answer

    def run_and_use(runner, suite):
        answers.used = True
        return run(runner, suite)

    cursors.execute, cursors.commit, cursors.rollback = (
        execute_noted, commit_noted, rollback_noted)
    cache.lookup = lookup
    unittest.TextTestRunner.run = run_and_use
    return answers
