# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Match people of DingTalk with users (or employees) of Odoo, never by name.

A rule links only unambiguous matches: exactly one person and one candidate have the
value, and both are unlinked.

A link is *sure* when neither side could have chosen the value: DingTalk reported it,
and an administrator set it in Odoo. A manager has to confirm other links.
"""
import collections

#: Rules, in order of precedence.
RULES = ("mobile", "email")

#: A possible match: ``id``, ``name`` for messages, ``numbers`` and ``emails`` as
#: normalised sets; ``sure``: those that the candidate cannot have entered, None: all;
#: ``former``: UnionIDs of the leavers who are linked to it.
Candidate = collections.namedtuple("Candidate", "id name numbers emails sure former")
Candidate.__new__.__defaults__ = (None, ())

#: person: its row id; candidate: its id; rule: 'mobile' or 'email'; sure: False if a
#: manager has to confirm it
Link = collections.namedtuple("Link", "person candidate rule sure")
Link.__new__.__defaults__ = (True,)


def email(value):
    """Return a normalised e-mail address for comparison, or None."""
    value = (value or "").strip().lower()
    return value if "@" in value else None


def find(people, candidates, taken, rules, refuse=None):
    """Return (links, problems).

    :param people: all active people of one organisation, as dicts: ``id``, ``userid``,
        ``name``, ``activated``, ``mobile_number``, ``email``, ``org_email`` and
        ``linked``: linked people keep their link and still own their number; optionally
        ``odoo_contacts``: those of the values that were entered in Odoo,
        ``ignored``: nobody is linked to them, but they own their number as well, and
        ``unionid``
    :param candidates: list of Candidate
    :param taken: ids of candidates linked to another person of the organisation
    :param rules: of 'mobile', 'email', in order of precedence
    :param refuse: function of a candidate's id, true if no rule may link the candidate
        because of administration rights
    :return: problems is a list of dicts: code, subject, userid, error (the names),
        rule and candidates (their ids)
    """
    links, problems = [], []
    settled = {row["id"] for row in people if not is_open(row)}
    taken = set(taken)
    # An unsure value must not block a sure one.
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
                    if candidate in taken or _is_of_another(row, found[candidate]):
                        code = "link_taken"
                    elif refuse and refuse(candidate):
                        code = "link_administrator"
                    else:
                        taken.add(candidate)
                        links.append(Link(row["id"], candidate, rule, sure))
                        continue
                problem = _problem(code, row, names)
                problems.append(dict(problem, rule=rule, candidates=sorted(found)))
    return links, problems


def is_open(row):
    """Tell whether a rule may link this person: neither linked nor ignored."""
    return not row["linked"] and not row.get("ignored")


def _is_of_another(row, candidate):
    """Tell whether a candidate belongs to a leaver who is another human.

    A successor may have got the leaver's mobile or e-mail.
    """
    return bool(candidate.former and row.get("unionid")) and (
        row["unionid"] not in candidate.former)


def has_value(row, rules):
    """Tell whether this person has a value by which one of the rules links."""
    return any(_PERSON_VALUES[rule](row) for rule in rules)


def is_entered(row, rule):
    """Tell whether a value by which the rule links this person was entered in Odoo."""
    values = _PERSON_VALUES[rule](row) if rule in _PERSON_VALUES else ()
    return bool(set(values) & set(row.get("odoo_contacts") or ()))


def nearby(candidates, rules):
    """Return a function that tells whether :func:`find` needs a person's row.

    :param candidates: all that are passed to :func:`find`
    """
    ids = {each.id for each in candidates}
    values = {
        rule: {value for each in candidates for value in _CANDIDATE_VALUES[rule](each)}
        for rule in rules
    }

    def is_near(row):
        return row["linked"] in ids or any(
            value in values[rule] for rule in rules
            for value in _PERSON_VALUES[rule](row)
        )

    return is_near


def candidates_of(people, candidates, rule):
    """Return [(person's id, ids of all candidates with a sure value)].

    People who share the value with another person are left out.
    """
    return [
        (row["id"], sorted(found)) for row, found, others
        in _proposals(people, candidates, rule, True, set()) if not others
    ]


def sharing(people, candidates, rules):
    """Return the ids of the people who share a value with a candidate."""
    return {
        row["id"] for rule in rules
        for row, _found, _others in _proposals(people, candidates, rule, False, set())
    }


def _proposals(people, candidates, rule, sure, settled):
    """Return [(row, candidate's id -> Candidate, other people with the value)].

    :param bool sure: look only at values that neither side could have chosen
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
    # The mobile of an account never activated is unconfirmed.
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
