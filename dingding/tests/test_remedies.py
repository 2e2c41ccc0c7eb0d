# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.exceptions import UserError

from ..dingtalk import errors
from ..models.remedies import user_errors
from .common import DingTalkCase, portable


@portable
class TestRemedies(DingTalkCase):
    def setUp(self):
        super().setUp()
        self.env = self.env(context=dict(self.env.context, lang="en_US"))
        self.remedies = self.env["dingding.remedy"]

    def test_each_key_has_a_sentence_of_its_own(self):
        sentences = [self.remedies._sentence(key) for key in errors.REMEDIES]
        self.assertTrue(all(sentences))
        self.assertEqual(len(set(sentences)), len(errors.REMEDIES))
        self.assertEqual(
            self.remedies._sentence("from the future"),
            self.remedies._sentence("unknown"),
        )

    def test_message_says_what_and_what_to_do(self):
        error = errors.IpNotAllowedError(
            "60020", "request ip=203.0.113.7", "req-1", detail={"ip": "203.0.113.7"}
        )
        with self.assertRaises(UserError) as caught:
            with user_errors(self.env):
                raise error
        text = str(caught.exception)
        self.assertIn("60020", text)
        self.assertIn("203.0.113.7. Add it", text)
        self.assertIn("https://open-dev.dingtalk.com/", text)

    def test_permission_links_to_the_page_where_to_apply(self):
        url = "https://open-dev.dingtalk.com/appscope/apply?content=%23qyapi_get_member"
        error = errors.PermissionDeniedError(
            "60011", "x", detail={"scopes": ["qyapi_get_member"], "apply_url": url}
        )
        text = self.remedies._message(error)
        self.assertIn(url, text)
        self.assertIn("permission qyapi_get_member for", text)

    def test_an_address_that_is_none_is_not_linked(self):
        for url in ("javascript:alert(1)", "http://elsewhere"):
            address = self.remedies._address("permission", {"apply_url": url})
            self.assertTrue(address.startswith("https://open.dingtalk.com/"))

    def test_pages_of_dingtalk_are_links(self):
        url = "https://open-dev.dingtalk.com/appscope/apply?content=x%23y"
        html = self.remedies._html("<b> %s, https://evil.example/ %s" % (
            url, "https://dingtalk.com.evil.example/"), "permission")
        self.assertIn('<a href="%s" target="_blank"' % url, html)
        self.assertIn("&lt;b&gt; ", html)
        self.assertNotIn('href="https://evil.example', html)
        self.assertNotIn('href="https://dingtalk.com.evil', html)
        # Of two links to apply, the exact one.
        self.assertNotIn("add-api-permission", html)
        self.assertIn("docs/en/troubleshooting.md#a-permission-is-missing", html)
        remedies = self.remedies.with_context(lang="zh_CN")
        self.assertIn("docs/zh_CN/troubleshooting.md#", remedies._html("", "network"))
        self.assertEqual(self.remedies._html(False, False), "")

    def test_each_key_has_a_chapter(self):
        for key in errors.REMEDIES:
            self.assertTrue(self.remedies._chapter(key), key)

    def test_other_errors_pass(self):
        with self.assertRaises(ZeroDivisionError):
            with user_errors(self.env):
                raise ZeroDivisionError()

    def test_error_without_a_code(self):
        error = errors.DingTalkError(message="no answer")
        self.assertIn("no answer", self.remedies._message(error))
