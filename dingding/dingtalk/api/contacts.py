# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Access departments and people."""

import collections

from ..errors import NotFoundError, UnexpectedAnswerError, argument_error
from .base import (
    Area,
    given,
    identifier,
    joined,
    listed,
    need,
    number,
    objects,
    text,
    truth,
)

ROOT = 1  # id of the top department, the organisation itself
PAGE = 100  # people on one page, at most
ORDERS = ("custom", "entry_asc", "entry_desc", "modify_asc", "modify_desc")

#: One page of a list: the items, and the cursor of the next page or None.
Page = collections.namedtuple("Page", "items next_cursor")


class Contacts(Area):
    """Departments and people."""

    # Departments

    def sub_departments(self, dept_id=ROOT, language=None):
        """Return the departments directly below one, a dict each.

        https://open.dingtalk.com/document/development/user-management-acquires-the-list-departments

        :param int dept_id: department; 1 is the root
        :param str language: ``zh_CN`` or ``en_US``
        :return: list of ``dept_id``, ``name``, ``parent_id``, ``create_dept_group``,
            ``auto_add_user``
        :raise NotFoundError: no such department
        :raise OutOfScopeError: the app may not see it
        """
        body = given(dept_id=_dept(dept_id), language=language)
        payload = self._client.oapi("/topapi/v2/department/listsub", body)
        return [_with_id(item, "dept_id") for item in need(payload, "result", list)]

    def department(self, dept_id, language=None):
        """Return everything about one department.

        https://open.dingtalk.com/document/development/query-department-details0-v2

        :return: dict as documented; ``parent_id`` is absent for the root
        :raise NotFoundError: no such department
        :raise OutOfScopeError: the app may not see it
        """
        body = given(dept_id=_dept(dept_id), language=language)
        payload = self._client.oapi("/topapi/v2/department/get", body)
        return _with_id(need(payload, "result", dict), "dept_id")

    def create_department(self, name, parent_id, **values):
        """Create a department and return its id.

        https://open.dingtalk.com/document/development/address-book-creation-department-established-department

        :param str name: 1 to 64 characters, without ``-`` and commas
        :param int parent_id: department above
        :param values: ``order`` (smaller first), ``hide_dept``, ``source_identifier``,
            ``create_dept_group`` ...; a list is sent joined by commas
        :rtype: int
        :raise NotFoundError: no such parent
        :raise InvalidArgumentError: the name is taken or not allowed
        """
        body = _flat(values)
        body.update(name=_dept_name(name), parent_id=_dept(parent_id))
        payload = self._client.oapi(
            "/topapi/v2/department/create", body, idempotent=False
        )
        return need(need(payload, "result", dict), "dept_id", int)

    def update_department(self, dept_id, **values):
        """Change a department; omitted values stay.

        https://open.dingtalk.com/document/development/address-book-update-department

        :param values: ``name``, ``parent_id``, ``order``, ``dept_manager_userid_list``
            ...; a list is sent joined by commas
        :raise NotFoundError: no such department or parent
        """
        body = _flat(values)
        if "name" in body:
            _dept_name(body["name"])
        body["dept_id"] = _dept(dept_id)
        self._client.oapi("/topapi/v2/department/update", body)

    def delete_department(self, dept_id):
        """Delete an empty department.

        https://open.dingtalk.com/document/development/address-book-deletion-department

        :raise InvalidArgumentError: it still contains people or departments
        :raise NotFoundError: no such department, also if already deleted
        """
        self._client.oapi("/topapi/v2/department/delete", {"dept_id": _dept(dept_id)})

    # People

    def users_page(self, dept_id, cursor=0, size=PAGE, order="custom", language=None):
        """Return one page of the people directly in a department.

        https://open.dingtalk.com/document/development/queries-the-complete-information-of-a-department-user

        A person of several departments is listed in each.

        :param int dept_id: department
        :param int cursor: 0, then the page's ``next_cursor``
        :param int size: 1 to 100
        :param str order: one of :data:`ORDERS`
        :rtype: Page
        :raise OutOfScopeError: the app may not see the department
        """
        _check_order(order)
        body = given(
            dept_id=_dept(dept_id),
            cursor=number(cursor, "cursor", 0),
            size=number(size, "size", 1, PAGE),
            order_field=order,
            language=language,
        )
        payload = self._client.oapi("/topapi/v2/user/list", body)
        return _page(need(payload, "result", dict), cursor)

    def user_ids(self, dept_id):
        """Return the userids directly in a department, including those out of scope.

        https://open.dingtalk.com/document/development/query-the-list-of-department-userids

        :rtype: list of str
        :raise NotFoundError: no such department
        """
        payload = self._client.oapi("/topapi/user/listid", {"dept_id": _dept(dept_id)})
        return listed(need(payload, "result", dict).get("userid_list"))

    def user(self, userid, language=None):
        """Return everything about one person that the app may see.

        https://open.dingtalk.com/document/development/query-user-details

        ``mobile`` and ``email`` are absent without their permissions.

        :rtype: dict
        :raise NotFoundError: no such person, or a leaver
        :raise OutOfScopeError: the app may not see the person
        """
        body = given(userid=identifier(userid, "userid"), language=language)
        payload = self._client.oapi("/topapi/v2/user/get", body)
        result = need(payload, "result", dict)
        need(result, "userid", str)
        return result

    def userid_by_mobile(self, mobile):
        """Return the userid of the employee with this mobile number.

        https://open.dingtalk.com/document/development/query-users-by-phone-number

        :param str mobile: number, abroad with its country code
        :raise NotFoundError: no employee has it
        :raise PermissionDeniedError: needs ``qyapi_get_member_by_mobile``
        """
        payload = self._client.oapi(
            "/topapi/v2/user/getbymobile", {"mobile": text(mobile, "mobile", 20)}
        )
        return need(need(payload, "result", dict), "userid", str)

    def userid_by_unionid(self, unionid):
        """Return the userid of the employee with this unionid.

        https://open.dingtalk.com/document/development/query-a-user-by-the-union-id

        :rtype: str
        :raise NotFoundError: nobody of this organisation, or an external contact
        """
        payload = self._client.oapi(
            "/topapi/user/getbyunionid", {"unionid": identifier(unionid, "unionid")}
        )
        result = need(payload, "result", dict)
        userid = need(result, "userid", str)
        if number(result.get("contact_type", 0) or 0, "contact_type"):
            # Former employees, for example, and people of suppliers.
            raise NotFoundError("external", "an external contact, not an employee")
        return userid

    def departments_of(self, userid):
        """Return the ids of a person's departments and of all departments above them.

        https://open.dingtalk.com/document/development/queries-the-list-of-all-parent-departments-of-a-user

        :rtype: set of int
        :raise NotFoundError: no such person
        """
        payload = self._client.oapi(
            "/topapi/v2/department/listparentbyuser",
            {"userid": identifier(userid, "userid")},
        )
        found = set()
        for each in objects(need(payload, "result", dict).get("parent_list")):
            found.update(map(_dept, listed(each.get("parent_dept_id_list"))))
        return found

    def count(self, only_active=False):
        """Return the number of people in the organisation.

        https://open.dingtalk.com/document/development/user-management-acquires-number-employees

        :param bool only_active: only activated accounts
        :rtype: int
        """
        payload = self._client.oapi(
            "/topapi/user/count", {"only_active": bool(only_active)}
        )
        return need(need(payload, "result", dict), "count", int)

    def admins(self):
        """Return the administrators, ``{"userid", "sys_level"}`` each.

        https://open.dingtalk.com/document/development/query-the-administrator-list

        :return: ``sys_level`` 1 for the main administrator, 2 for others
        """
        payload = self._client.oapi("/topapi/user/listadmin", {})
        return need(payload, "result", list)

    def create_user(self, name, mobile, dept_ids, **values):
        """Create a person and return ``{"userid", "unionid"}``.

        https://open.dingtalk.com/document/development/user-information-creation

        Code 40103 (class InvalidArgumentError) means that an invitation was sent; the
        person becomes a member on accepting it.

        :param str name: up to 80 characters
        :param str mobile: number; abroad ``+xx-xxxxxx``
        :param dept_ids: departments, up to 100
        :param values: ``userid``, ``title``, ``job_number``, ``email`` ...
        :raise InvalidArgumentError: mobile, e-mail or userid is taken or not allowed
        """
        body = _flat(values)
        body.update(
            name=text(name, "name", 80),
            mobile=text(mobile, "mobile", 20),
            dept_id_list=_dept_list(dept_ids),
        )
        payload = self._client.oapi("/topapi/v2/user/create", body, idempotent=False)
        result = need(payload, "result", dict)
        return {
            "userid": need(result, "userid", str),
            # Unlike all others of this family, this endpoint writes "unionId".
            "unionid": result.get("unionId") or result.get("unionid") or "",
        }

    def update_user(self, userid, **values):
        """Change a person; omitted values stay.

        https://open.dingtalk.com/document/development/user-information-update

        :param values: ``name``, ``title``, ``dept_id_list``, ``manager_userid`` ...;
            the mobile number cannot be changed
        :raise NotFoundError: no such person
        """
        body = _flat(values)
        if "dept_id_list" in values:
            body["dept_id_list"] = _dept_list(values["dept_id_list"])
        body["userid"] = identifier(userid, "userid")
        self._client.oapi("/topapi/v2/user/update", body)

    def delete_user(self, userid):
        """Remove a person from the organisation, including attendance and roster.

        https://open.dingtalk.com/document/development/delete-a-user

        :raise NotFoundError: no such person, also if already removed
        """
        self._client.oapi(
            "/topapi/v2/user/delete", {"userid": identifier(userid, "userid")}
        )


def _check_order(order):
    if order not in ORDERS:
        raise argument_error("order: %r is none of %s" % (order, ", ".join(ORDERS)))


def _dept(value):
    return number(value, "dept_id", 1)


def _dept_list(values):
    return joined([_dept(value) for value in values], "dept_ids", 100)


def _dept_name(value):
    text(value, "name", 64)
    for char in "-,\uff0c":
        if char in value:
            raise argument_error("name: %r is not allowed in it" % char)
    return value


def _flat(values):
    """Return the values in this family's format: lists of ids joined by commas."""
    flat = {}
    for name, value in values.items():
        if value is None:
            continue
        if isinstance(value, (list, tuple)) and not any(
            isinstance(item, (dict, list)) for item in value
        ):
            value = ",".join(identifier(item, name) for item in value)
        flat[name] = value
    return flat


def _with_id(item, name):
    number_ = need(item, name, int)
    if item[name] != number_:
        item = dict(item, **{name: number_})
    return item


def _page(result, cursor):
    items = listed(result.get("list"))
    if not truth(result.get("has_more")):
        return Page(items, None)
    following = need(result, "next_cursor", int)
    if following <= cursor:
        # An unchanged cursor would make the caller loop forever.
        raise UnexpectedAnswerError(
            "unexpected_answer", "the cursor of the next page does not move on"
        )
    return Page(items, following)
