"""People and departments: the same on both sides, nobody archived who is there."""

from ..registry import invariant

ROOT = "1"


@invariant
def nobody_is_wrongly_archived(books):
    """Everybody in DingTalk is active in Odoo."""
    for userid in sorted(books.dingtalk_people):
        person = books.odoo_people.get(userid)
        if person and not person["active"]:
            yield "%s is in DingTalk, and archived in Odoo" % userid


@invariant
def leavers_are_archived(books):
    """Nobody is active in Odoo who has left DingTalk."""
    for userid, person in sorted(books.odoo_people.items()):
        if person["active"] and userid not in books.dingtalk_people:
            yield "%s is active in Odoo, and %s" % (
                userid, "has left DingTalk" if userid in books.leavers
                else "was never in DingTalk")


@invariant
def everybody_is_in_odoo(books):
    """Everybody in DingTalk is in Odoo."""
    for userid in sorted(set(books.dingtalk_people) - set(books.odoo_people)):
        yield "%s is in DingTalk only" % userid


@invariant
def people_are_equal(books):
    """Each value of a person is the same on both sides."""
    refusable = {tuple(each) for each in books.refusable}
    for userid, there in sorted(books.dingtalk_people.items()):
        here = books.odoo_people.get(userid)
        if not here or not here["active"]:
            continue
        for field, value in sorted(there.items()):
            if (userid, field) not in refusable and here[field] != value:
                yield "%s: %s is %r in Odoo, and %r in DingTalk" % (
                    userid, field, here[field], value)


@invariant
def departments_are_equal(books):
    """Each department is the same on both sides."""
    for dept_id, there in sorted(books.dingtalk_departments.items()):
        here = books.odoo_departments.get(dept_id)
        if not here or not here["active"]:
            yield "%s (%s) is in DingTalk only" % (dept_id, there["name"])
            continue
        for field, value in sorted(there.items()):
            # DingTalk's lists tell no name of the root: it has its own in Odoo.
            if (dept_id, field) != (ROOT, "name") and here[field] != value:
                yield "department %s: %s is %r in Odoo, and %r in DingTalk" % (
                    dept_id, field, here[field], value)
    for dept_id, here in sorted(books.odoo_departments.items()):
        if here["active"] and dept_id not in books.dingtalk_departments:
            yield "department %s (%s) is in Odoo only" % (dept_id, here["name"])


@invariant
def nobody_is_made_twice(books):
    """No person and no department that Odoo made is twice in DingTalk."""
    for kind, known in (("person", books.dingtalk_people),
                        ("department", books.dingtalk_departments)):
        names = [each["name"] for each in known.values()
                 if each["name"].startswith("chaos-")]
        for name in sorted(set(names)):
            if names.count(name) > 1:
                yield "the %s %s is %d times in DingTalk" % (
                    kind, name, names.count(name))
