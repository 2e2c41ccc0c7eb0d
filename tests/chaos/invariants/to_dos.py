"""To-dos: one for each pending activity, done or not on both sides."""

import collections

from ..registry import invariant

GONE = ("deleted", "removed")  # states of a to-do that nobody has


def unsolved(books):
    """Return DingTalk's to-dos that are neither done nor deleted, and that people have.

    If the events are lost by which somebody reopened a to-do and left it, it is in
    nobody's list, so Odoo never hears of it.
    """
    return [task for task in books.tasks
            if task["userids"] and not task["done"] and not task["gone"]]


def rows(books):
    """Return {id: to-do in Odoo}."""
    return {row["id"]: row for row in books.to_dos}


@invariant
def each_activity_has_one_to_do(books):
    """Each pending activity of a linked person has exactly one to-do in DingTalk."""
    known, found = rows(books), collections.Counter()
    for task in unsolved(books):
        row = known.get(task["row"])
        if row:
            for userid in task["userids"]:
                found[row["activity"], userid] += 1
    refused = {row["activity"] for row in books.to_dos if row["reason"]}
    for each in books.activities:
        count = found[each["id"], each["userid"]]
        # If Odoo refused what was ticked off, the to-do is done and says why.
        if count != 1 and each["id"] not in refused:
            yield "activity %d, %s, of %s has %d to-dos" % (
                each["id"], each["token"], each["userid"], count)


@invariant
def each_to_do_has_its_activity(books):
    """Each unsolved to-do in DingTalk belongs to a pending activity of its person."""
    known = rows(books)
    pending = {(each["id"], each["userid"]) for each in books.activities}
    for task in unsolved(books):
        row = known.get(task["row"])
        if not row:
            yield "%(id)s is unknown to Odoo, which should be row %(row)d" % task
        elif task["userids"] != [row["userid"]] or (
                row["activity"], row["userid"]) not in pending:
            yield "%s of %s belongs to activity %d, which is not pending" % (
                task["id"], ", ".join(task["userids"]), row["activity"])


@invariant
def nothing_is_left_with_the_former_person(books):
    """The former user of a pending activity has no to-do of it, not even a done one."""
    current, known = {}, rows(books)
    for each in books.activities:
        current.setdefault(each["id"], set()).add(each["userid"])
    for row in books.to_dos:
        heirs = current.get(row["activity"])
        if heirs and row["userid"] not in heirs and row["status"] not in GONE:
            yield "row %(id)d of %(userid)s is %(status)s" % row
    for task in books.tasks:
        row = known.get(task["row"])
        heirs = row and current.get(row["activity"])
        left = set(task["userids"]) - heirs if heirs and not task["gone"] else ()
        if left:
            yield "%s is with %s, activity %d with %s" % (
                task["id"], ", ".join(sorted(left)), row["activity"],
                ", ".join(sorted(heirs)))


@invariant
def no_to_do_twice(books):
    """No to-do of Odoo is there twice in DingTalk."""
    counts = collections.Counter(
        task["row"] for task in books.tasks if not task["gone"])
    for row, count in sorted(counts.items()):
        if count > 1:
            yield "row %d is there %d times" % (row, count)


@invariant
def to_dos_are_done_on_both_sides(books):
    """Each to-do has the same status on both sides."""
    there = {task["id"]: task for task in books.tasks}
    for row in books.to_dos:
        task = there.get(row["task"])
        if task is None:
            if row["status"] in ("open", "done"):
                yield "row %(id)d is %(status)s, and not in DingTalk" % row
            continue
        if not task["userids"]:
            continue
        status = "done" if task["done"] else "open"
        if task["gone"]:
            # A to-do may be deleted after it was done.
            expected = ("done", "deleted", "removed")
        else:
            expected = (status,)
        if row["status"] not in expected:
            yield "row %d is %s in Odoo, and %s in DingTalk" % (
                row["id"], row["status"], "deleted" if task["gone"] else status)


@invariant
def no_to_do_is_half_made(books):
    """No to-do remains to be created."""
    for row in books.to_dos:
        if row["status"] == "new":
            yield "row %(id)d of activity %(activity)d" % row
