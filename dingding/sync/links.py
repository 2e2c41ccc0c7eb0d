# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Who of DingTalk is which user (or employee) of Odoo. Never by name.

A rule links only what is certain: one person and one candidate have the value, and
both are still free. Everything else is left to a human being.
"""
import collections

#: Who might be meant: ``id``, ``name`` for messages, ``numbers`` and ``emails`` as sets
#: that are normalised alike.
Candidate = collections.namedtuple("Candidate", "id name numbers emails")

#: person: its row id; candidate: its id; rule: 'mobile' or 'email'
Link = collections.namedtuple("Link", "person candidate rule")


def email(value):
    """Return an e-mail address as it is compared, or None."""
    value = (value or "").strip().lower()
    return value if "@" in value else None


def find(people, candidates, taken, rules, refuse=None):
    """Return (links, problems).

    :param people: all active people of one organisation, as dicts: ``id``, ``userid``,
        ``name``, ``activated``, ``mobile_number``, ``email``, ``org_email`` and
        ``linked``: who has a link keeps it, and still owns his number
    :param candidates: list of Candidate
    :param taken: ids of candidates that another person of the organisation has
    :param rules: of 'mobile', 'email', in the order in which they hold
    :param refuse: function of a candidate's id that tells whether no rule may link
        him, as he has administration rights
    :return: problems is a list of dicts: code, subject, userid, error (the names)
    """
    links, problems = [], []
    settled = {row["id"] for row in people if row["linked"]}
    taken = set(taken)
    for rule in rules:
        holders = _index(people, rule, _PERSON_VALUES[rule])
        owners = _index(candidates, rule, _CANDIDATE_VALUES[rule])
        proposals = collections.OrderedDict()  # person's id -> (row, candidates)
        for value, rows in holders.items():
            found = owners.get(value)
            if not found:
                continue
            for row in rows:
                if row["id"] in settled:
                    continue
                entry = proposals.setdefault(row["id"], (row, {}, []))
                entry[1].update((each.id, each) for each in found)
                entry[2].extend(other for other in rows if other is not row)
        for row, found, others in proposals.values():
            settled.add(row["id"])
            names = ", ".join(sorted(each.name or "" for each in found.values()))
            if others:
                problems.append(_problem(rule + "_of_several_people", row, names))
            elif len(found) > 1:
                problems.append(_problem(rule + "_of_several_users", row, names))
            else:
                candidate = list(found.values())[0]
                if candidate.id in taken:
                    problems.append(_problem("link_taken", row, names))
                elif refuse is not None and refuse(candidate.id):
                    problems.append(_problem("link_administrator", row, names))
                else:
                    taken.add(candidate.id)
                    links.append(Link(row["id"], candidate.id, rule))
    return links, problems


def _problem(code, row, names):
    return {
        "code": code, "subject": row["name"], "dept_id": "", "userid": row["userid"],
        "error": names, "remedy": "",
    }


def _index(rows, rule, values_of):
    index = collections.OrderedDict()
    for row in rows:
        for value in values_of(row):
            index.setdefault(value, []).append(row)
    return index


def _mobile_of(row):
    # An account that was never activated has a mobile that nobody has confirmed.
    if row["activated"] and row["mobile_number"]:
        return [row["mobile_number"]]
    return []


_PERSON_VALUES = {
    "mobile": _mobile_of,
    "email": lambda row: sorted(
        {email(row["email"]), email(row["org_email"])} - {None}
    ),
}
_CANDIDATE_VALUES = {
    "mobile": lambda candidate: candidate.numbers,
    "email": lambda candidate: candidate.emails,
}
