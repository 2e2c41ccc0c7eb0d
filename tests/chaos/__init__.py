"""Chaos: everything that people and DingTalk do at once, while everything breaks.

``make chaos SECONDS=60 SEED=7`` starts Odoo with workers, PostgreSQL and the simulator,
plays a plan that the seed alone decides (:mod:`.plan`), lets things settle
(:mod:`.settling`), reads the books of both sides (:mod:`.books`) and checks what must
hold (:mod:`.invariants`).

An addon joins by files of its own in ``operations/``, ``faults/`` and ``invariants/``,
which are found by themselves.
"""
