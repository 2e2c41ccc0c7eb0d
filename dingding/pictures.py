# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Open pictures from untrusted sources."""
import contextlib
import io

from PIL import Image

FORMATS = ("PNG", "JPEG", "GIF", "WEBP")


@contextlib.contextmanager
def open_picture(content, max_pixels):
    """Provide the Pillow image of a file, for a ``with`` statement.

    :param bytes content: an untrusted file
    :param int max_pixels: small files may unpack to very large pictures
    :raise ValueError: not a picture, or too large; also if the body of the ``with``
        statement cannot decode it
    """
    try:
        image = Image.open(io.BytesIO(content))
        if image.format not in FORMATS:
            raise ValueError("a picture of the kind %s" % image.format)
        if image.size[0] * image.size[1] > max_pixels:
            raise ValueError("a picture of %d x %d" % image.size)
        yield image
    except ValueError:
        raise
    except Exception as error:
        # Pillow raises nearly any exception for a broken file.
        raise ValueError("no picture: %s" % type(error).__name__) from error
