# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Derive the managers of employees from those of their departments."""


class Managers(object):
    """Give employees without a direct manager in DingTalk that of their department.

    Odoo's result depends on the order of changes, this one on the final state only.

    :param dict departments: HR department -> (parent, manager), as ids or None
    :param places: function of employees that returns employee -> department
    :param parents: function that returns employee -> manager of everybody
    """

    def __init__(self, departments, places, parents):
        self._departments = departments
        self._leaders = {each[1] for each in departments.values() if each[1]}
        self._load_places, self._load_parents = places, parents
        self._places, self._all_places = {}, False
        self._parents = None
        self._waiting, self._changed = [], {}

    # -- called by ``_follow_model`` -------------------------------------------------

    def complete(self, target, row, odoo_values, base, followed):
        """Take an employee's Followed, to which ``ordered`` adds the manager."""
        self._places[target] = followed.new.get(
            "department_id", odoo_values["department_id"])
        self._waiting.append(
            (target, bool(row.get("manager_id")), odoo_values["parent_id"] or None,
             base, followed))

    def ordered(self, found):
        """Return the Follow with changes, those of managers before their employees.

        Odoo refuses circles, even for a moment.
        """
        for each in self._waiting:
            self._derive(*each)
        for target in sorted(self._changed):
            if target in self._above(target):
                self._undo(target, *self._changed[target])
        found = [each for each in found if any(each.followed)]
        if not any("parent_id" in each.followed.new for each in found):
            return found
        return sorted(found, key=lambda each: len(self._above(each.target)))

    # -- whose manager ---------------------------------------------------------------

    def manager(self, employee):
        """Return an employee's manager by department, or None.

        Of two who manage each other's department, the one in the higher has none.
        """
        value = self._next(employee)
        if employee not in self._leaders:
            return value
        circle, each = [employee], value
        while each and each not in circle:
            circle.append(each)
            each = self._next(each)
        if each != employee:
            return value
        top = min(circle, key=lambda each: (self._level(self._place(each)), each))
        return None if top == employee else value

    def _next(self, employee):
        """Return the manager of the department; of its own manager: the one above."""
        seen, department = set(), self._place(employee)
        while department and department not in seen:
            seen.add(department)
            above, manager = self._departments.get(department, (None, None))
            if manager != employee:
                return manager or None
            department = above
        return None

    def _place(self, employee):
        if employee not in self._places and not self._all_places:
            self._all_places = True
            missing = sorted(self._leaders - set(self._places))
            self._places.update(self._load_places(missing))
        return self._places.get(employee)

    def _level(self, department):
        seen = set()
        while department and department not in seen:
            seen.add(department)
            department = self._departments.get(department, (None, None))[0]
        return len(seen)

    # -- what is written -------------------------------------------------------------

    def _derive(self, target, is_direct, stored, base, followed):
        if is_direct:
            value = followed.new.get("parent_id", stored)
            if value != stored:
                self._changed[target] = (stored, followed)
                self._all_parents()[target] = value
            return
        value, known = self.manager(target), "parent_id" in base
        before = base["parent_id"] if known else None
        if stored not in (value, before):
            # Odoo chose another one, and would compute a new one for a move.
            self._keep(stored, followed)
            return
        if value == stored:
            self._keep(stored, followed)
        else:
            followed.new["parent_id"], followed.old["parent_id"] = value, stored
            followed.also.pop("parent_id", None)
            self._changed[target] = (stored, followed)
            self._all_parents()[target] = value
        if not known or before != value:
            followed.baseline["parent_id"] = value

    def _undo(self, target, stored, followed):
        """Keep the manager: with the others it would make a circle for now."""
        self._all_parents()[target] = stored
        for values in (followed.new, followed.old, followed.baseline):
            values.pop("parent_id", None)
        self._keep(stored, followed)

    @staticmethod
    def _keep(stored, followed):
        if "department_id" in followed.new:
            followed.also["parent_id"] = stored

    def _all_parents(self):
        """Return employee -> manager, after the changes so far."""
        if self._parents is None:
            self._parents = dict(self._load_parents())
        return self._parents

    def _above(self, employee):
        parents, found = self._all_parents(), []
        manager = parents.get(employee)
        while manager and manager not in found:
            found.append(manager)
            manager = parents.get(manager)
        return found
