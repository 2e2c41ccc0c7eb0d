"""Smoke areas: steps of a person in a real browser.

``make smoke`` runs every file of this folder (``make smoke ONLY=connect`` one of them).
A file has a generator of steps, each a text and a function::

    def steps(world):
        def open_form():
            world.menu("base.menu_administration", "dingding.menu_apps")
            world.picture("apps")

        yield "the admin opens the list of apps", open_form

Each area begins with the addons installed and nothing set up, in a database and a
server of its own. Areas that one command runs share its browser and a loaded registry.
The server is one process with threads, unless the file says how many workers there are
(``WORKERS = 2``): each fills its caches anew. A step that raises ends its area. At the
end, a warning or error of our addons or a traceback in Odoo's log fails the area unless
a step has declared it with ``world.provokes(pattern, reason)``. ``world`` is a
:class:`tools.world.World`: ``page`` (the admin in Odoo), ``as_user``, ``menu``,
``action``, ``field``, ``fill``, ``button``, ``text``, ``check``, ``language``,
``picture`` (saved in ``.run/pictures``), ``phone(userid)`` and ``console()`` of the
simulated DingTalk, ``stack`` (a :class:`tools.stack.Stack`: ``rpc``, ``query``,
``simulator``). Shared helpers are in files that begin with ``_``, imported as ``from
smoke._helpers import ...``.
"""
