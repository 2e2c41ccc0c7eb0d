"""The mail server takes what Odoo's sends."""

import email.message
import smtplib

import pytest

from .letter_box import LetterBox


@pytest.fixture
def box():
    box = LetterBox()
    yield box
    box.shutdown()
    box.server_close()


@pytest.mark.parametrize("text", ["chaos-1-client0.3. 请看", "plain\n.\nand more"])
def test_texts_and_recipients(box, text):
    letter = email.message.EmailMessage()
    letter["From"], letter["To"] = "a@example.com", "b@example.com, c@example.com"
    letter["Subject"] = "你好"
    letter.set_content(text)
    letter.add_alternative("<p>%s</p>" % text, subtype="html")
    for _number in range(2):
        with smtplib.SMTP(*box.server_address) as client:
            client.send_message(letter)
            client.send_message(letter)
    assert len(box.letters) == 4
    for each in box.letters:
        assert each.addresses == ("b@example.com", "c@example.com")
        assert text.splitlines()[0] in each.text


def test_an_email_that_ends_in_the_middle(box):
    client = smtplib.SMTP(*box.server_address)
    client.mail("a@example.com")
    client.rcpt("b@example.com")
    client.putcmd("data")
    assert client.getreply()[0] == 354
    client.send(b"Subject: x\r\n\r\nhalf")
    client.close()
    with smtplib.SMTP(*box.server_address) as other:
        other.noop()
    assert not box.letters
