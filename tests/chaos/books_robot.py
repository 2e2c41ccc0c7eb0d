"""The state of cards, chats and groups on both sides."""

from .operations import cards as sending
from .operations import chat as talking
from .operations import groups as grouping
from .world import LINKED, LOST, token_in


def lost(world):
    """Return the calls that DingTalk carried out and whose answer was lost."""
    found = []
    for call in world.calls.values():
        if call["fault"] in LOST:
            at = call["at"] - call["offset"]
            found.append({
                "path": call["path"], "begin": at, "end": at + call["ms"] / 1000.0})
    return found


def cards(world):
    """Return the part of the books about cards."""
    return {
        "documents": world.query(
            "SELECT p.id, p.function AS state, (SELECT count(*) FROM mail_message m"
            " WHERE m.model = 'res.partner' AND m.res_id = p.id) AS acts"
            " FROM res_partner p WHERE p.ref = '%s'" % sending.MARK),
        "cards": world.query(
            "SELECT card.id, card.res_id AS document, card.status, setup.key"
            " FROM dingding_card card JOIN dingding_card_setup setup"
            " ON setup.id = card.card_setup_id"),
        "card_copies": world.query(
            "SELECT c.id, c.card_id AS card, c.out_track_id AS track, c.status,"
            " person.userid, coalesce(g.conversation_id, '') AS group"
            " FROM dingding_card_copy c"
            " JOIN dingding_user person ON person.id = c.person_id"
            " LEFT JOIN dingding_group g ON g.id = c.group_id"),
        "linked": [world.people[place][0] for place in LINKED],
        "presses": world.query(
            "SELECT id, copy_id AS copy, card_id AS card, userid, outcome, state"
            " FROM dingding_card_press"),
        "phone_cards": [{
            "track": each["out_track_id"], "people": each["people"],
            "group": "".join(
                place for kind, place in each["spaces"] if kind == "IM_GROUP"),
            "state": each["data"].get("state", ""),
            "buttons": sum(bool(each["data"].get("action_%d" % number))
                           for number in range(1, 5)),
            "presses": len(each["presses"])}
            for each in world.dingtalk("GET", sending.CARDS)],
    }


def chat(world):
    """Return the part of the books about chats."""
    log = world.dingtalk("GET", talking.CHAT)
    said, answers = {}, []
    for each in log:
        text = token_in(str(each["msg"]))
        if not text:
            continue
        if each["direction"] == "in":
            before = said.get(each["msg_id"])
            said[each["msg_id"]] = {
                "key": each["msg_id"], "token": text, "userid": each["userid"],
                "heard": each.get("code") == 200 or bool(before and before["heard"])}
        else:
            answers.append({
                "token": text, "userid": each["userid"], "group": each["group"],
                "at": each["at"] - each["offset"]})
    return {
        "said": list(said.values()), "answers": answers,
        "heard": [
            dict(row, token=token_in(row.pop("text")), decided=(
                "dingding.chat.message", row.pop("id")) in world.decided)
            for row in world.query(
                "SELECT id, message_key AS key, text, outcome, state"
                " FROM dingding_chat_message")],
        "echoes": [token_in(row["name"]) for row in world.query(
            "SELECT name FROM res_partner WHERE ref = '%s'" % talking.MARK)],
    }


def groups(world):
    """Return the part of the books about groups."""
    return {
        "group_documents": world.query(
            "SELECT p.id, (SELECT array_agg(DISTINCT person.userid) FROM res_users u"
            " JOIN dingding_user person ON person.user_id = u.id WHERE person.corp_id ="
            " %d AND (u.id = p.user_id OR u.partner_id IN (SELECT f.partner_id FROM"
            " mail_followers f WHERE f.res_model = 'res.partner' AND f.res_id = p.id)))"
            " AS userids FROM res_partner p WHERE p.ref = '%s'"
            % (world.corp, grouping.MARK)),
        "odoo_groups": world.query(
            "SELECT g.id, g.name, g.state, g.conversation_id AS key,"
            " g.dissolved_at IS NOT NULL AS dissolved, CASE WHEN"
            " g.group_rule_id IS NULL THEN NULL ELSE g.res_id END AS document,"
            " owner.userid AS owner, (SELECT array_agg(DISTINCT m.userid) FROM"
            " dingding_user m WHERE m.id = g.owner_id OR m.id IN (SELECT r.person_id"
            " FROM dingding_group_member_rel r WHERE r.group_id = g.id)) AS members"
            " FROM dingding_group g LEFT JOIN dingding_user owner"
            " ON owner.id = g.owner_id WHERE g.origin = 'odoo'"),
        "phone_groups": [
            {"key": each["open_conversation_id"], "name": each["title"],
             "owner": each["owner"], "members": each["members"],
             "dissolved": each["dismissed"]}
            for each in world.dingtalk("GET", "/groups")
            if each["title"].startswith("chaos-")],
    }
