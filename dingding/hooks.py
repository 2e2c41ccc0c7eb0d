# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Hooks of installing and uninstalling, for all addons."""
from . import compat
from .models.queue import JOB_CHANNEL


def load_inherited_statuses(cr_or_env):
    """Load the translations of the statuses that models of another addon inherit.

    For the ``post_init_hook`` of each addon with a model of ``dingding.queue.mixin``.

    :param cr_or_env: Odoo's argument of a hook
    """
    compat.read_translations_again(compat.hook_environment(cr_or_env), "dingding")


def forget_field_names(cr_or_env, addon):
    """Delete external ids that other addons hold for the fields of an addon's models.

    Odoo assigns fields inherited from an abstract model, such as those of the chatter,
    to the abstract model's addon, and keeps these external ids when the model goes; in
    later series also those of choices and of the inheritance.

    :param cr_or_env: Odoo's argument of a hook
    :param str addon: the addon being uninstalled
    """
    env = compat.hook_environment(cr_or_env)
    # A model's first external id belongs to the addon that created it.
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
    # These models exist from 13 and 17 on.
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
    """Delete fields that an Odoo model inherits from another by delegation.

    A scheduled action has the fields of its server action. In 12 and 13 they have no
    external id, so Odoo does not find them.

    :param cr_or_env: Odoo's argument of a hook
    """
    compat.hook_environment(cr_or_env).cr.execute(
        "DELETE FROM ir_model_fields f WHERE f.name LIKE 'dingding%'"
        " AND f.model NOT LIKE 'dingding%' AND NOT EXISTS ("
        " SELECT 1 FROM ir_model_data d"
        " WHERE d.model = 'ir.model.fields' AND d.res_id = f.id)"
    )


def forget_jobs(cr_or_env):
    """Delete our records in OCA's queue_job, if it is installed.

    :param cr_or_env: Odoo's argument of a hook
    """
    env = compat.hook_environment(cr_or_env)
    if "queue.job.channel" not in env:
        return
    channels = env["queue.job.channel"].search([("complete_name", "=", JOB_CHANNEL)])
    functions = env["queue.job.function"].search([("channel_id", "in", channels.ids)])
    dingding_functions = functions.filtered(
        lambda each: each.name.startswith("<dingding.")
    )
    dingding_functions.unlink()
    if not functions - dingding_functions:
        channels.unlink()


def forget_secrets(cr_or_env, *models):
    """Delete the secrets of an addon's models, whose records go without ``unlink``.

    :param cr_or_env: Odoo's argument of a hook
    :param str models: names of models
    """
    compat.hook_environment(cr_or_env).cr.execute(
        "DELETE FROM dingding_secret WHERE res_model IN %s", [models])


def forget_app_secrets(cr_or_env, name):
    """Delete an addon's secrets of applications, which stay without them.

    :param cr_or_env: Odoo's argument of a hook
    :param str name: of the secrets
    """
    compat.hook_environment(cr_or_env).cr.execute(
        "DELETE FROM dingding_secret WHERE res_model = 'dingding.app' AND name = %s",
        [name])


def forget_linked_fields(cr_or_env, *models):
    """Delete what is stored about linked records of an addon that is uninstalled.

    :param cr_or_env: Odoo's argument of a hook
    :param str models: names of the linked models
    """
    cr = compat.hook_environment(cr_or_env).cr
    cr.execute("DELETE FROM dingding_follow WHERE model_name IN %s", [models])
    cr.execute("DELETE FROM dingding_conflict WHERE linked_model IN %s", [models])
    for name in models:
        values = [name, '%%"%s"%%' % name]
        cr.execute(
            "UPDATE dingding_user SET follow_baseline = (follow_baseline::jsonb"
            " - %s)::text WHERE follow_baseline LIKE %s", values,
        )
        cr.execute(
            "UPDATE dingding_department SET follow_baseline = (follow_baseline::jsonb"
            " - %s)::text WHERE follow_baseline LIKE %s", values,
        )


def forget_salts(cr_or_env):
    """Drop the salt column of ``res_users``, which Odoo does not know as a field.

    :param cr_or_env: Odoo's argument of a hook
    """
    compat.hook_environment(cr_or_env).cr.execute(
        "ALTER TABLE res_users DROP COLUMN IF EXISTS dingding_salt"
    )


def uninstall_hook(cr_or_env, registry=None):
    """Delete leftover columns, fields and external ids."""
    forget_jobs(cr_or_env)
    forget_salts(cr_or_env)
    forget_field_names(cr_or_env, "dingding")
    forget_passed_on_fields(cr_or_env)
