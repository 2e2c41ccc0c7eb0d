# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Keep others' code in one transaction with the row that asks for it."""
import contextlib


@contextlib.contextmanager
def without_commits(cr):
    """Keep the block from committing or rolling back the transaction of ``cr``.

    Methods of addons may commit, which would store their work without its answer. The
    caller commits right after the block; a rollback is an error of the block.
    """
    def commit():
        """Do nothing: the caller commits."""

    def rollback():
        raise RuntimeError("this code may not roll back")

    own = {"commit": commit, "rollback": rollback}
    before = {name: vars(cr)[name] for name in own if name in vars(cr)}
    for name, function in own.items():
        setattr(cr, name, function)
    try:
        yield
    finally:
        for name in own:
            delattr(cr, name)
        for name, function in before.items():
            setattr(cr, name, function)
