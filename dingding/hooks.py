# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""What happens when an addon goes."""
from . import compat
from .models.background import JOB_CHANNEL


def forget_field_names(cr_or_env, addon):
    """Delete the names that other addons gave the fields of an addon's models.

    Odoo names each field that a model has from an abstract one, such as those of the
    chatter, in the abstract one's addon, and lets that name stand when the model goes;
    in later series its choices and the inheritance itself, too.

    :param cr_or_env: what Odoo gives a hook
    :param str addon: the one that goes
    """
    env = compat.hook_environment(cr_or_env)
    # The first name of a model is that of the addon that made it.
    env.cr.execute(
        "SELECT f.model_id, f.id FROM ir_model_fields f JOIN ("
        " SELECT DISTINCT ON (res_id) res_id, module FROM ir_model_data"
        " WHERE model = 'ir.model' ORDER BY res_id, id) m"
        " ON m.res_id = f.model_id AND m.module = %s",
        [addon],
    )
    rows = env.cr.fetchall()
    models = sorted({row[0] for row in rows})
    field_ids = [row[1] for row in rows]
    gone = {"ir.model.fields": field_ids}
    # From 13 and 17 on.
    for name, domain in (
        ("ir.model.fields.selection", [("field_id", "in", field_ids)]),
        ("ir.model.inherit", [("model_id", "in", models)]),
    ):
        if name in env:
            gone[name] = env[name].search(domain).ids
    for name, ids in gone.items():
        env.cr.execute(
            "DELETE FROM ir_model_data WHERE model = %s AND res_id IN %s"
            " AND module NOT LIKE 'dingding%%'",
            [name, tuple(ids) or (0,)],
        )


def forget_passed_on_fields(cr_or_env):
    """Delete the fields that a model of Odoo's has only since another one has them.

    A scheduled action has the fields of its server action. In 12 and 13 they have no
    name of their own, by which Odoo would find them when the addon goes.

    :param cr_or_env: what Odoo gives a hook
    """
    compat.hook_environment(cr_or_env).cr.execute(
        "DELETE FROM ir_model_fields f WHERE f.name LIKE 'dingding%'"
        " AND f.model NOT LIKE 'dingding%' AND NOT EXISTS ("
        " SELECT 1 FROM ir_model_data d"
        " WHERE d.model = 'ir.model.fields' AND d.res_id = f.id)"
    )


def forget_jobs(cr_or_env):
    """Delete what ``dingding.background`` has made for OCA's queue_job, if it is there.

    :param cr_or_env: what Odoo gives a hook
    """
    env = compat.hook_environment(cr_or_env)
    if "queue.job.channel" not in env:
        return
    channels = env["queue.job.channel"].search([("complete_name", "=", JOB_CHANNEL)])
    functions = env["queue.job.function"].search([("channel_id", "in", channels.ids)])
    ours = functions.filtered(lambda each: each.name.startswith("<dingding."))
    ours.unlink()
    if not functions - ours:
        channels.unlink()


def forget_salts(cr_or_env):
    """Drop the column of ``res_users`` that is no field, so Odoo does not know it.

    :param cr_or_env: what Odoo gives a hook
    """
    compat.hook_environment(cr_or_env).cr.execute(
        "ALTER TABLE res_users DROP COLUMN IF EXISTS dingding_salt"
    )


def uninstall_hook(cr_or_env, registry=None):
    """Leave no column, no field and no name of one behind."""
    forget_jobs(cr_or_env)
    forget_salts(cr_or_env)
    forget_field_names(cr_or_env, "dingding")
    forget_passed_on_fields(cr_or_env)
