"""Errors that end a command early."""


class ToolError(Exception):
    """A failure explained in one message, without traceback."""


class MissingTool(ToolError):
    """Something that must be installed first.

    :param str what: what is missing
    :param str debian: command that installs it on Debian or Ubuntu
    :param str anywhere: what to do on another system
    """

    def __init__(self, what, debian=None, anywhere=None):
        lines = ["%s is missing." % what]
        if debian:
            lines.append("  Debian, Ubuntu:  %s" % debian)
        if anywhere:
            lines.append("  elsewhere:       %s" % anywhere)
        super().__init__("\n".join(lines))
