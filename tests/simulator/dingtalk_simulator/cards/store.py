# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Templates, cards and registered addresses, and refusals of the card platform.

A card is a dictionary kept in `world.extra`: the values for all (`data`), those of
single people (`private`), values that an answer showed to the presser (`answered`),
dynamic data of the last look (`asked`), holders (`spaces`, `forwarded`), and updates of
a text while it is written (`streamed`).
"""

from __future__ import annotations

import json
from typing import Any, Dict, List, Optional, Tuple

from ..checks import whole_number

AREA = "cards"
SPACE = "dtv1.card//"
LONGEST_ID, LONGEST_SPACES, LONGEST_KEY = 100, 1000, 100
MOST_BYTES = 100 * 1024  # of all values of a call
LONGEST_SEARCH = 200
# The pages disagree: 3 or 6.
SHORTEST_INTERVAL = 3  # seconds
UNITS = {"SECONDS": 1, "MINUTES": 60, "HOURS": 3600, "DAYS": 86400}
STRATEGIES = ("NONE", "ONCE", "INTERVAL", "RENDER")
BUTTONS = ("ButtonBlock", "ButtonList", "SingleButton")


class Refused(Exception):
    """`code` is the error's, without `param.`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def area(world: Any) -> Dict[str, Any]:
    found: Dict[str, Any] = world.extra.setdefault(
        AREA, {"cards": {}, "templates": {}, "routes": {}}
    )
    return found


# Templates


def put_template(world: Any, values: Dict[str, Any]) -> Dict[str, Any]:
    """A template as the editor of the card platform keeps it.

    `variables`: list of {name, private}; `parts`: what is drawn, in order; each has a
    `kind`: title, tag, markdown, image, input or button.
    """
    template = dict(
        {
            "name": "Card",
            "published": True,
            "app_key": "",
            "variables": [],
            "parts": [],
            "link": "",
        },
        **values
    )
    area(world)["templates"][template["id"]] = template
    world.changed()
    return template


def imported(world: Any, template_id: str, text: str, **more: Any) -> Dict[str, Any]:
    """A template from a file exported by the editor.

    :raise ValueError: not such a file
    """
    try:
        outside = json.loads(text)
        editor = json.loads(outside["editorData"])
        tree = editor["schema"]["componentsTree"][0]
        variables = [
            {"name": each["name"], "private": bool(each.get("private"))}
            for each in editor["variableList"]
        ]
        known = {each["name"] for each in variables}
        locals_ = {each["name"] for each in editor.get("localList") or ()}
        parts = _parts(tree, known, locals_)
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError("not a template of the editor: %r" % (error,))
    return put_template(
        world,
        dict(
            {"id": template_id, "variables": variables, "parts": parts},
            **more,
        ),
    )


def _parts(
    node: Dict[str, Any], known: Any, locals_: Any
) -> List[Dict[str, Any]]:
    props, kind = node.get("props") or {}, node["componentName"]
    found: List[Dict[str, Any]] = []
    if kind in ("StdCard", "Card"):
        for name, part in (("cardName", "title"), ("tagText", "tag")):
            variable = _named(props.get(name), known)
            if variable:
                found.append({"kind": part, "variable": variable})
        link = _named(props.get("url"), known)
        if link:
            found.append({"kind": "link", "variable": link})
    elif kind == "Markdown":
        found.append(
            {"kind": "markdown", "variable": _named(props["content"], known)}
        )
    elif kind == "Image":
        found.append({"kind": "image", "variable": _named(props["image"], known)})
    elif kind == "Input":
        found.append(
            {
                "kind": "input",
                "variable": _named(props["title"], known),
                "local": _named(props["localVarAction"], locals_),
            }
        )
    elif kind in BUTTONS:
        for button in props["buttons"]:
            found.append(
                {
                    "kind": "button",
                    "id": button["id"],
                    "variable": _named(button["text"], known),
                    "callback": button["actionType"] == "request",
                    "link": _named(button.get("url"), known),
                    "params": {
                        each["name"]: _named(each, locals_)
                        for each in button["params"]
                        if each.get("type") == "variable"
                    },
                }
            )
    for child in node.get("children") or ():
        found += _parts(child, known, locals_)
    return found


def _named(value: Any, known: Any) -> str:
    """The variable of a property, '' for a fixed text.

    :raise ValueError: the template has no such variable
    """
    value = value or {}
    name = value.get("variable") or ""
    content = value.get("content") or ""
    if content.startswith("${") and content.endswith("}"):
        name = content[2:-1]
    if name and name not in known:
        raise ValueError("there is no variable %r" % name)
    return str(name)


# Cards


def key_of(app_key: str, out_track_id: str) -> str:
    return "%s %s" % (app_key, out_track_id)


def find(world: Any, app_key: str, out_track_id: str) -> Dict[str, Any]:
    """:raise Refused: there is none"""
    card: Optional[Dict[str, Any]] = area(world)["cards"].get(
        key_of(app_key, out_track_id)
    )
    if card is None or card["gone"]:
        raise Refused("cardNotExist")
    return card


def check_values(world: Any, values: Any) -> Dict[str, str]:
    """The values of a call.

    :raise Refused: no texts, too long, or refused by the content check
    """
    if not isinstance(values, dict):
        raise Refused("invalid")
    longest = world.setting("card_value_bytes")
    for name, value in values.items():
        if not isinstance(value, str) or len(name.encode("utf-8")) > LONGEST_KEY:
            raise Refused("invalid")
        if longest is not None and len(value.encode("utf-8")) > longest:
            raise Refused("invalid")
        if any(word in value for word in world.setting("card_unsafe_words")):
            raise Refused("contentUnsafe")
    if sum(len((key + text).encode("utf-8")) for key, text in values.items()) > (
        MOST_BYTES
    ):
        raise Refused("invalid")
    return dict(values)


def check_source(source: Any) -> None:
    """A source of dynamic data.

    :raise Refused: unknown strategy, or asked too often
    """
    pull = source.get("pullConfig") or {}
    strategy = pull.get("pullStrategy")
    if strategy not in STRATEGIES or not source.get("dynamicDataSourceId"):
        raise Refused("invalid")
    if strategy == "INTERVAL":
        seconds = UNITS.get(pull.get("timeUnit"))
        interval = whole_number(pull.get("interval")) or 0
        if seconds is None or interval * seconds < SHORTEST_INTERVAL:
            raise Refused("invalid")


def check_private(world: Any, org: Any, private: Any) -> Dict[str, Dict[str, str]]:
    found = {}
    for userid, part in (private or {}).items():
        if org.person(userid) is None:
            raise Refused("userIdNotExist")
        values = part.get("cardParamMap") if isinstance(part, dict) else None
        found[userid] = check_values(world, values or {})
    return found


def create(world: Any, app: Any, org: Any, call: Dict[str, Any]) -> Dict[str, Any]:
    """A new card without holders.

    :raise Refused: the call is invalid
    """
    out_track_id = call.get("outTrackId") or ""
    if not out_track_id:
        raise Refused("outTrackIdEmpty")
    if len(out_track_id) > LONGEST_ID:
        raise Refused("invalid")
    template_id = call.get("cardTemplateId") or ""
    if not template_id:
        raise Refused("cardTemplateIdEmpty")
    template = area(world)["templates"].get(template_id)
    if template is None or template["app_key"] not in ("", app.app_key):
        raise Refused("templateNotExist")
    if not template["published"]:
        raise Refused("templateUnpublished")
    key = key_of(app.app_key, out_track_id)
    if key in area(world)["cards"]:
        raise Refused("cardAlreadyExist")
    callback = call.get("callbackType") or ""
    if callback not in ("", "STREAM", "HTTP"):
        raise Refused("invalid")
    if callback == "HTTP" and call.get("callbackRouteKey") not in area(world)["routes"]:
        raise Refused("invalid")
    data = call.get("cardData") or {}
    if not isinstance(data.get("cardParamMap"), dict):
        raise Refused("invalid")
    sources = (call.get("openDynamicDataConfig") or {}).get(
        "dynamicDataSourceConfigs"
    ) or []
    for each in sources:
        check_source(each)
    card = {
        "out_track_id": out_track_id,
        "app_key": app.app_key,
        "corp_id": app.corp_id,
        "template": template_id,
        "callback": callback,
        "route": call.get("callbackRouteKey") or "",
        "data": check_values(world, data["cardParamMap"]),
        "private": check_private(world, org, call.get("privateData")),
        "sources": [each["dynamicDataSourceId"] for each in sources],
        "answered": {},
        "asked": {},
        "asked_at": {},
        "spaces": [],
        "people": [],
        "forwarded": [],
        "forwardable": False,
        "presses": [],
        "streamed": [],
        "gone": False,
        "created_at": world.now(),
        "updated_at": world.now(),
        "updates": 0,
    }
    area(world)["cards"][key] = card
    return card


def deliver(
    world: Any, app: Any, org: Any, card: Dict[str, Any], call: Dict[str, Any]
) -> List[Dict[str, Any]]:
    """Deliver a card to its spaces; return the results.

    :raise Refused: the call is invalid
    """
    text = call.get("openSpaceId") or ""
    results = []
    for kind, place in spaces(text):
        problem = _deliver(world, app, org, card, call, kind, place)
        results.append(
            {
                "spaceType": kind,
                "spaceId": place,
                "success": not problem,
                "carrierId": "" if problem else "carrier-%s" % card["out_track_id"],
                "errorMsg": problem,
            }
        )
    world.changed()
    world.publish("card.new", corp_id=card["corp_id"])
    return results


def spaces(text: str) -> List[Tuple[str, str]]:
    """(type, id) of the spaces in an `openSpaceId`.

    :raise Refused: empty, too long or malformed
    """
    if not text:
        raise Refused("openSpaceIdEmpty")
    if len(text) > LONGEST_SPACES:
        raise Refused("openSpaceIdInvalid")
    found = []
    for each in text.split(";"):
        kind, point, place = each[len(SPACE):].partition(".")
        if not each.startswith(SPACE) or not point or not place:
            raise Refused("openSpaceIdInvalid")
        if kind not in ("IM_ROBOT", "IM_GROUP"):
            raise Refused("openSpaceIdInvalid")
        found.append((kind, place))
    return found


def check_spaces(app: Any, call: Dict[str, Any]) -> None:
    """:raise Refused: a space lacks its models"""
    for kind, _place in spaces(call.get("openSpaceId") or ""):
        name = "imRobotOpenDeliverModel" if kind == "IM_ROBOT" else (
            "imGroupOpenDeliverModel")
        model = call.get(name)
        if not model:
            raise Refused("openDeliverModelEmpty")
        if model.get("robotCode", app.robot_code) != app.robot_code:
            raise Refused("openDeliverModelError")
        if kind == "IM_GROUP" and not model.get("robotCode"):
            raise Refused("openDeliverModelError")
        check_space_model(call.get(name.replace("Deliver", "Space")))


def check_space_model(model: Any) -> None:
    """:raise Refused: without `supportForward`, or with a long text"""
    if model is None:
        return
    if not isinstance(model.get("supportForward"), bool):
        raise Refused("openSpaceModelInvalid")
    text = (model.get("searchSupport") or {}).get("searchDesc") or ""
    if len(str(text)) > LONGEST_SEARCH:
        raise Refused("openSpaceModelInvalid")


def _deliver(
    world: Any,
    app: Any,
    org: Any,
    card: Dict[str, Any],
    call: Dict[str, Any],
    kind: str,
    place: str,
) -> str:
    """Why a card cannot be delivered to a space, '' if it can."""
    if kind == "IM_ROBOT":
        person = org.person(place)
        if person is None or not world.sees_person(app, person):
            return "the user is not in the scope of the robot"
        model = call.get("imRobotOpenSpaceModel") or {}
        people = [place]
    else:
        group = world.messages.groups.get(place)
        if group is None or group.dismissed or group.corp_id != org.corp_id:
            return "the conversation does not exist"
        model = call.get("imGroupOpenSpaceModel") or {}
        chosen = (call.get("imGroupOpenDeliverModel") or {}).get("recipients")
        people = [each for each in group.members if not chosen or each in chosen]
    card["forwardable"] = card["forwardable"] or bool(model.get("supportForward"))
    if [kind, place] not in card["spaces"]:
        card["spaces"].append([kind, place])
    card["people"] += [each for each in people if each not in card["people"]]
    return ""


def update(world: Any, org: Any, card: Dict[str, Any], call: Dict[str, Any]) -> None:
    """:raise Refused: the call is invalid"""
    data = (call.get("cardData") or {}).get("cardParamMap")
    private = check_private(world, org, call.get("privateData"))
    if data is None and not private:
        raise Refused("cardDataAndPrivateDataBothEmpty")
    options = call.get("cardUpdateOptions") or {}
    if data is not None:
        values = check_values(world, data)
        if options.get("updateCardDataByKey"):
            card["data"].update(values)
        else:
            card["data"] = values
        # The values for all replace those of answers.
        for shown in card["answered"].values():
            for name in list(shown):
                if name in values or not options.get("updateCardDataByKey"):
                    del shown[name]
    for userid, values in private.items():
        if options.get("updatePrivateDataByKey"):
            card["private"].setdefault(userid, {}).update(values)
        else:
            card["private"][userid] = values
    card["updates"] += 1
    card["updated_at"] = world.now()
    world.changed()
    world.publish("card.update", corp_id=card["corp_id"])


def stream(world: Any, card: Dict[str, Any], call: Dict[str, Any]) -> None:
    """Show a text while it is written. A `guid` counts once.

    :raise Refused: no public variable of the template, or refused by the content check
    """
    name, content = call["key"], call["content"]
    template = area(world)["templates"][card["template"]]
    if name not in {
        each["name"] for each in template["variables"] if not each["private"]
    }:
        raise Refused("invalid")
    if any(word in content for word in world.setting("card_unsafe_words")):
        raise Refused("contentUnsafe")
    if call["guid"] in [each["guid"] for each in card["streamed"]]:
        return
    before = "" if call["isFull"] else card["data"].get(name, "")
    card["data"][name] = before + content
    card["streamed"].append(
        {"guid": call["guid"], "content": content, "final": call["isFinalize"]}
    )
    card["updated_at"] = world.now()
    world.changed()
    world.publish("card.update", corp_id=card["corp_id"])


# What a person sees


def of_person(world: Any, corp_id: str, userid: str) -> List[Dict[str, Any]]:
    """Cards on a person's phone, newest first."""
    found = [
        card
        for card in area(world)["cards"].values()
        if card["corp_id"] == corp_id
        and not card["gone"]
        and (userid in card["people"] or userid in card["forwarded"])
    ]
    return sorted(found, key=lambda card: card["created_at"], reverse=True)


def values_of(world: Any, card: Dict[str, Any], userid: str) -> Dict[str, str]:
    """The values of a template's variables for a person."""
    template = area(world)["templates"][card["template"]]
    private = {each["name"] for each in template["variables"] if each["private"]}
    found = {
        name: value for name, value in card["data"].items() if name not in private
    }
    found.update(card["answered"].get(userid, {}))
    found.update(
        {
            name: value
            for name, value in card["private"].get(userid, {}).items()
            if name in private
        }
    )
    found.update(card["asked"].get(userid, {}))
    return found


def drawn(world: Any, card: Dict[str, Any], userid: str) -> Dict[str, Any]:
    """A card on a person's phone, without parts whose variable is empty."""
    template = area(world)["templates"][card["template"]]
    values = values_of(world, card, userid)
    found: Dict[str, Any] = {
        "id": card["out_track_id"],
        "app_key": card["app_key"],
        "title": "",
        "tag": "",
        "link": "",
        "texts": [],
        "images": [],
        "inputs": [],
        "buttons": [],
        "at": card["created_at"],
    }
    for part in template["parts"]:
        value = values.get(part["variable"], "")
        if not value:
            continue
        if part["kind"] in ("title", "tag", "link"):
            found[part["kind"]] = value
        elif part["kind"] == "markdown":
            found["texts"].append({"variable": part["variable"], "text": value})
        elif part["kind"] == "image":
            found["images"].append(value)
        elif part["kind"] == "input":
            found["inputs"].append({"name": part["local"], "label": value})
        elif part["kind"] == "button":
            found["buttons"].append(
                {"id": part["id"], "label": value, "callback": part["callback"]}
            )
    return found


def button(world: Any, card: Dict[str, Any], action: str) -> Optional[Dict[str, Any]]:
    """The button of a template with this id."""
    template = area(world)["templates"][card["template"]]
    for part in template["parts"]:
        if part["kind"] == "button" and part["id"] == action:
            return dict(part)
    return None
