"""Groups: one for each document, with its people, the same on both sides."""

import collections

from ..registry import invariant

CREATE = "/v1.0/im/group/create"


def dissolved(books):
    """Return the keys of groups that are dissolved in DingTalk.

    Odoo need not learn of groups to which it sends nothing.
    """
    return {each["key"] for each in books.phone_groups if each["dissolved"]}


def unknown_outcome(books):
    """Count the creations that Odoo may not know of."""
    return sum(each["path"] == CREATE for each in books.lost) + len(
        books.interruptions)


@invariant
def each_document_has_one_group(books):
    """Each document of the rule has one group."""
    counts = collections.Counter(each["document"] for each in books.odoo_groups)
    for each in books.group_documents:
        if counts[each["id"]] != 1:
            yield "document %d has %d groups" % (each["id"], counts[each["id"]])


@invariant
def members_follow_the_document(books):
    """A group has its document's followers and owner, and nobody else."""
    groups = {each["document"]: each for each in books.odoo_groups if each["document"]}
    for each in books.group_documents:
        group = groups.get(each["id"])
        if not group or group["key"] in dissolved(books):
            continue
        if set(group["members"] or ()) != set(each["userids"] or ()):
            yield "document %d: %s, in the group: %s" % (
                each["id"], sorted(each["userids"] or ()),
                sorted(group["members"] or ()))


@invariant
def groups_are_equal(books):
    """Each group has the same name, owner and members on both sides."""
    there = {each["key"]: each for each in books.phone_groups}
    for each in books.odoo_groups:
        if each["key"] in dissolved(books):
            continue
        found = there.get(each["key"])
        if found is None:
            yield "group %(id)d is %(state)s, and not in DingTalk" % each
        elif (found["name"], found["owner"], set(found["members"])) != (
                each["name"], each["owner"], set(each["members"] or ())):
            yield "group %d is %r in DingTalk, and %r in Odoo" % (
                each["id"], found, each)


@invariant
def only_dissolved_groups_are_given_up(books):
    """Odoo holds no group for dissolved that is there."""
    gone = dissolved(books)
    for each in books.odoo_groups:
        if each["dissolved"] and each["key"] not in gone:
            yield "group %(id)d, %(key)s" % each


@invariant
def no_group_is_made_twice(books):
    """DingTalk has no more groups than Odoo, but those whose creation was unknown."""
    known = {each["key"] for each in books.odoo_groups}
    foreign = [each for each in books.phone_groups if each["key"] not in known]
    if len(foreign) > unknown_outcome(books):
        for each in foreign:
            yield "%(key)s, %(name)s, is unknown to Odoo" % each
