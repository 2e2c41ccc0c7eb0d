# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Who of DingTalk is which user (or employee) of Odoo. Never by name.

A rule links only what is certain: one person and one candidate have the value, and
both are still free. Everything else is left to a human being.

A link is *sure* when neither side could have chosen the value: DingTalk has reported
it, and in Odoo an administrator has set it. A manager has to confirm other links.
"""
import collections

#: Who might be meant: ``id``, ``name`` for messages, ``numbers`` and ``emails`` as sets
#: that are normalised alike; ``sure``: those of them that the candidate cannot have
#: written, None: all.
Candidate = collections.namedtuple("Candidate", "id name numbers emails sure")
Candidate.__new__.__defaults__ = (None,)

#: person: its row id; candidate: its id; rule: 'mobile' or 'email'; sure: whether no
#: manager has to confirm it
Link = collections.namedtuple("Link", "person candidate rule sure")
Link.__new__.__defaults__ = (True,)


def email(value):
    """Return an e-mail address as it is compared, or None."""
    value = (value or "").strip().lower()
    return value if "@" in value else None


def find(people, candidates, taken, rules, refuse=None):
    """Return (links, problems).

    :param people: all active people of one organisation, as dicts: ``id``, ``userid``,
        ``name``, ``activated``, ``mobile_number``, ``email``, ``org_email`` and
        ``linked``: who has a link keeps it, and still owns his number; perhaps
        ``odoo_contacts``: those of the values that were entered in Odoo
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
    # What is sure comes first: nobody can stand in its way with what is not.
    for sure in (True, False):
        for rule in rules:
            for row, found, others in _proposals(
                people, candidates, rule, sure, settled
            ):
                settled.add(row["id"])
                names = ", ".join(sorted(each.name or "" for each in found.values()))
                if others:
                    code = rule + "_of_several_people"
                elif len(found) > 1:
                    code = rule + "_of_several_users"
                else:
                    candidate = list(found)[0]
                    if candidate not in taken and not (refuse and refuse(candidate)):
                        taken.add(candidate)
                        links.append(Link(row["id"], candidate, rule, sure))
                        continue
                    code = "link_administrator"
                    if candidate in taken:
                        code = "link_taken"
                problems.append(_problem(code, row, names))
    return links, problems


def _proposals(people, candidates, rule, sure, settled):
    """Return [(row, candidate's id -> Candidate, other people with the value)].

    :param bool sure: look only at values that nobody could have chosen
    """
    holders = _index(
        people, lambda row: _values(_PERSON_VALUES[rule](row), row, sure)
    )
    owners = _index(
        candidates,
        lambda each: _sure_values(_CANDIDATE_VALUES[rule](each), each, sure),
    )
    proposals = collections.OrderedDict()
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
    return list(proposals.values())


def _values(values, row, sure):
    chosen = row.get("odoo_contacts") or () if sure else ()
    return [value for value in values if value not in chosen]


def _sure_values(values, candidate, sure):
    if not sure or candidate.sure is None:
        return values
    return sorted(set(values) & candidate.sure)


def _problem(code, row, names):
    return {
        "code": code, "subject": row["name"], "dept_id": "", "userid": row["userid"],
        "error": names, "remedy": "",
    }


def _index(rows, values_of):
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
