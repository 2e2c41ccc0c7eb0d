"""E-mails that are held back because their readers have chosen DingTalk instead."""

from e2e import house
from e2e.letter_box import LetterBox

from ..registry import list_of, operation, set_up, something
from .notifications import DOCUMENT, noted

READERS = range(9, 12)  # places among the people
QUIETLY = {"mail_create_nosubscribe": True, "mail_post_autofollow_author_skip": True}
KINDS = ("mention", "message")


def address(userid):
    return "%s@letters.example.com" % userid


@set_up
def readers_of_emails(world):
    """Let colleagues who get e-mails choose DingTalk instead."""
    stack, world.letter_box = world.stack, LetterBox()
    host, port = world.letter_box.server_address
    stack.rpc("ir.mail_server", "create", {
        # Before the one that 11.0 comes with.
        "name": "Chaos", "smtp_host": host, "smtp_port": port, "sequence": 1})
    world.readers = []
    for place in READERS:
        userid, number = world.people[place]
        user = stack.rpc("res.users", "create", dict(
            {"dingding_instead_" + kind: "on" for kind in KINDS},
            name=userid, login=userid, email=address(userid),
            notification_type="email"), context={"no_reset_password": True})
        stack.rpc("dingding.user", "write", [number], {"user_id": user})
        world.partners[userid] = stack.rpc(
            "res.users", "read", [user], ["partner_id"])[0]["partner_id"][0]
        world.readers.append(userid)
    world.circular = stack.rpc(
        DOCUMENT, "create", {"name": "Circular"}, context=QUIETLY)
    stack.rpc(
        DOCUMENT, "message_subscribe", [world.circular],
        partner_ids=[world.partners[userid] for userid in world.readers],
        subtype_ids=[world.subtypes["comment"]])


def mails(world):
    """Return the e-mails to readers that are still in Odoo, with when to look again."""
    return world.query(
        "SELECT mail.id, mail.state, person.userid, message.body,"
        " mail.dingding_check IS NOT NULL AS held,"
        " mail.dingding_check > now() AT TIME ZONE 'UTC' AS later"
        " FROM mail_mail mail JOIN mail_message message"
        " ON message.id = mail.mail_message_id"
        " JOIN mail_mail_res_partner_rel rel ON rel.mail_mail_id = mail.id"
        " JOIN res_users u ON u.partner_id = rel.res_partner_id"
        " JOIN dingding_user person ON person.user_id = u.id"
        " WHERE person.userid IN ('%s') AND mail.state IN ('outgoing', 'exception')"
        " ORDER BY mail.id" % "', '".join(world.readers))


@operation(weight=2, who=something, to=list_of(something, 0, 2))
def somebody_writes_to_readers_of_emails(world, step, who, to):
    """A colleague posts a message to followers who get no e-mail unless DingTalk fails.
    """
    author = world.colleague(who)
    named = sorted({world.pick(each, world.readers) for each in to})
    noted(world, step, "comment", author, world.readers, lambda: world.rpc(
        DOCUMENT, "message_post", [world.circular], as_=author,
        body="%s 请看 & answer" % world.token(step), message_type="comment",
        subtype_id=world.subtypes["comment"],
        partner_ids=[world.partners[each] for each in named], context=QUIETLY))


@operation(weight=1)
def emails_held_back_are_looked_at(world, step):
    """Odoo's scheduled action looks which e-mails DingTalk has made needless."""
    house.hurry_cron(world.stack, "mail_mail_cron_held")
