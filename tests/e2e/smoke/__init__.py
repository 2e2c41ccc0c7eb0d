"""Smoke areas: what a person does, step by step, in a real browser.

``make smoke`` runs every file of this folder (``make smoke ONLY=connect`` one of them).
A file has a name and a generator of steps, each a text and a function::

    AREA = "connect"

    def steps(world):
        def open_form():
            world.menu("base.menu_administration", "dingding.menu_apps")
            world.picture("apps")

        yield "the admin opens the list of apps", open_form

Each area has a stack of its own, with the addons installed and nothing set up. A step
that raises has failed; the rest of its area is then not tried. At the end Odoo's log is
read: a warning or error of our addons, or a traceback, fails the area unless a step has
declared it with ``world.provokes(pattern, reason)``. ``world`` is a
:class:`tools.world.World`: ``page`` (the admin in Odoo), ``as_user``, ``menu``,
``action``, ``field``, ``fill``, ``button``, ``text``, ``check``, ``language``,
``picture`` (saved in ``.run/pictures``), ``phone(userid)`` and ``console()`` of the
simulated DingTalk, ``stack`` (a :class:`tools.stack.Stack`: ``rpc``, ``query``,
``simulator``). Helpers that areas share go into files that begin with ``_``; they are
imported as ``from smoke._helpers import ...``.
"""
