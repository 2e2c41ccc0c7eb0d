/** @odoo-module **/
/* Copyright 2026 DingTalk for Odoo contributors
   License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html). */
/* Fields with a button of DingTalk's beside them, for the web client of 16 and later:
   the widgets of static/src/legacy by the same names. The server's part is in
   models/dingding_jsapi_field.py, the calls of DingTalk itself in js/dingding.js. */

import {Component, onWillStart, onWillUnmount, useState} from "@odoo/owl";
import {Domain} from "@web/core/domain";
import {session} from "@web/session";
import {useService} from "@web/core/utils/hooks";
import {addField} from "@dingding/owl/registries";

const MODEL = "dingding.jsapi.field";
// DingTalk on a computer has neither camera nor place.
const COMPUTER = /dingtalk-win|DingTalk.*Macintosh|Macintosh.*DingTalk/i;
// Cancelling is not an error.
const GIVEN_UP = /cancel|\u53d6\u6d88/i;
// The page is not the application's, or its signature does not have the call.
const REFUSED = [3, 7];
const DEPARTMENTS = ["dingding.department", "hr.department"];
const MOST_PEOPLE = 1000;
const MOST_PICTURES = 9; // at once, as DingTalk's album offers
// Small enough for what the server takes, large enough to be read.
const QUALITY = {compression: true, quality: 80, resize: 80};
const SECONDS = 20; // for the browser to find out where it is
let words = null; // promise of the sentences in the user's language

function isInside() {
    return window.dingding.inside();
}

function isOnComputer() {
    return COMPUTER.test(navigator.userAgent);
}

/** One of Odoo's fields, and buttons beside it. */
class WithButtons extends Component {
    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.state = useState({busy: false});
        this.words = {};
        this.mounted = true;
        onWillUnmount(() => {
            this.mounted = false;
        });
        onWillStart(() => (this.props.readonly ? undefined : this.loadWords()));
    }

    // -- the field ---------------------------------------------------------------

    get field() {
        return this.props.record.fields[this.props.name];
    }

    get inner() {
        return this.constructor.inner(this.field.type);
    }

    /** The props of Odoo's own component: none that it does not know. */
    get innerProps() {
        const props = {...this.props};
        delete props.places;
        return props;
    }

    get label() {
        return this.field.string;
    }

    /** Buttons: {name, icon, label, press}; none where they could do nothing. */
    get buttons() {
        return [];
    }

    /** Whether the form still shows the record for which a button was pressed. */
    get alive() {
        const {record} = this.props;
        // Odoo may read a record again into another object.
        const same = record === this.pressed
            || (record.resId && record.resId === this.pressed.resId);
        return this.mounted && same;
    }

    get shown() {
        return this.props.readonly ? [] : this.buttons;
    }

    set(value) {
        return this.props.record.update({[this.props.name]: value});
    }

    // -- server and DingTalk -----------------------------------------------------

    server(method, args) {
        return this.orm.call(MODEL, method, args);
    }

    /** Load the sentences, once for all fields of the page. */
    async loadWords() {
        words = words || this.server("words", []);
        try {
            this.words = await words;
        } catch (error) {
            words = null;
            throw error;
        }
    }

    say(text) {
        if (this.alive) {
            this.notification.add(String(text), {
                type: "warning", title: this.label, sticky: true,
            });
        }
    }

    /**
     * Have DingTalk do something; what goes wrong is said to the person.
     *
     * @param {String} name - of the call
     * @param {Object|Function} params - or a function of what the page was told
     * @param {Function} use - called with the result
     */
    async ask(name, params, use) {
        try {
            await window.dingding.ready([name]);
            const known = window.dingding.known();
            const given = typeof params === "function" ? params(known) : params;
            const result = await window.dingding.call(name, given);
            if (this.alive) {
                await use(result, known.corpId);
            }
        } catch (error) {
            // Errors of the server are shown by Odoo itself.
            if (!error || !error.kind) {
                throw error;
            }
            const code = error.cause && Number(error.cause.errorCode);
            if (GIVEN_UP.test(error.message)) {
                return;
            }
            if (code && !REFUSED.includes(code)) {
                this.say("DingTalk: " + error.message);
            } else {
                this.say(`${this.words[error.kind]} (${name})`);
            }
        }
    }

    async press(button) {
        if (this.state.busy) {
            return;
        }
        this.state.busy = true;
        this.pressed = this.props.record;
        try {
            await button.press();
        } finally {
            this.state.busy = false;
        }
    }
}
WithButtons.template = "dingding_inside.WithButtons";
WithButtons.props = {"*": true};

export class Scan extends WithButtons {
    get buttons() {
        if (!isInside()) {
            return [];
        }
        return [{
            name: "scan", icon: "fa-qrcode", label: this.words.scan,
            press: () => this.scan(),
        }];
    }

    scan() {
        return this.ask("biz.util.scan", {type: "all"}, (found) => {
            const text = String(found.text).trim();
            const before = this.props.record.data[this.props.name];
            return this.set(
                this.field.type === "text" && before ? `${before}\n${text}` : text
            );
        });
    }
}

/** Options `latitude` and `longitude` name number fields of the same view. */
export class Place extends WithButtons {
    get buttons() {
        const browser = navigator.geolocation && window.isSecureContext !== false;
        if (!isInside() && !browser) {
            return [];
        }
        return [{
            name: "place", icon: "fa-map-marker", label: this.words.place,
            press: () => this.find(),
        }];
    }

    find() {
        if (!isInside() || isOnComputer()) {
            return this.findByBrowser();
        }
        // Coordinates as maps in China have them: with the others no address comes.
        const params = {
            targetAccuracy: 200, coordinate: 1, withReGeocode: true, useCache: false,
        };
        return this.ask("device.geolocation.get", params, (found) => {
            // Old versions wrap it.
            const place = found.location || found;
            return this.take(
                Number(place.latitude), Number(place.longitude), place.address
            );
        });
    }

    async findByBrowser() {
        let found = null;
        try {
            found = await new Promise((resolve, reject) => {
                navigator.geolocation.getCurrentPosition(
                    resolve, reject, {enableHighAccuracy: true, timeout: SECONDS * 1000}
                );
            });
        } catch (error) {
            const denied = error.code === error.PERMISSION_DENIED;
            this.say(this.words[denied ? "denied" : "nowhere"]);
            return;
        }
        if (this.alive) {
            await this.take(found.coords.latitude, found.coords.longitude);
        }
    }

    take(latitude, longitude, address) {
        const changes = {
            [this.props.name]:
                address || `${latitude.toFixed(6)}, ${longitude.toFixed(6)}`,
        };
        const numbers = {latitude, longitude};
        for (const key of Object.keys(numbers)) {
            const name = (this.props.places || {})[key];
            if (name && name in this.props.record.data) {
                changes[name] = numbers[key];
            }
        }
        return this.props.record.update(changes);
    }
}

class WithPictures extends WithButtons {
    get buttons() {
        if (!isInside()) {
            return [];
        }
        const album = this.constructor.multiple
            ? {multiple: true, max: MOST_PICTURES} : {multiple: false, max: 1};
        const found = [{
            name: "album", icon: "fa-picture-o", label: this.words.album,
            press: () => this.picture("biz.util.uploadImage", album),
        }];
        if (!isOnComputer()) {
            found.unshift({
                name: "camera", icon: "fa-camera", label: this.words.camera,
                press: () => this.picture("biz.util.uploadImageFromCamera", {}),
            });
        }
        return found;
    }

    picture(name, params) {
        return this.ask(name, {...QUALITY, ...params}, (urls, corp) =>
            this.take([].concat(urls), corp)
        );
    }
}

export class Picture extends WithPictures {
    async take(urls, corp) {
        const found = await this.server("picture", [urls[0], corp]);
        if (this.alive) {
            await this.set(found.datas);
        }
    }
}

/** Add records to a field that has several. */
function addTo(record, name, ids) {
    const list = record.data[name];
    const added = ids.filter((id) => !list.currentIds.includes(id));
    if (!added.length) {
        return undefined;
    }
    return list.addAndRemove
        ? list.addAndRemove({add: added})
        : list.replaceWith([...list.currentIds, ...added]);
}

export class Pictures extends WithPictures {
    async take(urls, corp) {
        const ids = [];
        try {
            // One after the other, in the order in which they were chosen.
            for (const url of urls) {
                const found = await this.server(
                    "attach", [url, this.props.record.resModel, corp]
                );
                ids.push(found.id);
            }
        } finally {
            if (this.alive && ids.length) {
                await addTo(this.props.record, this.props.name, ids);
            }
        }
    }
}
Pictures.multiple = true;

export class People extends WithButtons {
    get departments() {
        return DEPARTMENTS.includes(this.field.relation);
    }

    get buttons() {
        if (!isInside()) {
            return [];
        }
        return [{
            name: "people",
            icon: this.departments ? "fa-sitemap" : "fa-users",
            label: this.words[this.departments ? "departments" : "people"],
            press: () => this.choose(),
        }];
    }

    params(known) {
        const most = this.constructor.multiple ? MOST_PEOPLE : 1;
        const values = {
            title: this.label,
            corpId: known.corpId,
            appId: Number(known.agentId),
            multiple: Boolean(this.constructor.multiple),
            limitTips: this.words.limit,
            pickedDepartments: [],
            disabledDepartments: [],
            requiredDepartments: [],
            permissionType: "GLOBAL",
        };
        if (this.departments) {
            return {...values, maxDepartments: most};
        }
        return {
            ...values,
            maxUsers: most,
            pickedUsers: [],
            disabledUsers: [],
            requiredUsers: [],
            responseUserOnly: true,
            startWithDepartmentId: 0,
        };
    }

    choose() {
        const name = this.departments
            ? "biz.contact.departmentsPicker" : "biz.contact.complexPicker";
        return this.ask(name, (known) => this.params(known), (result, corp) =>
            this.take(result, corp)
        );
    }

    /** The domain of the view, else of the field itself. */
    get domain() {
        const {record, name} = this.props;
        let domain = record.getFieldDomain
            ? record.getFieldDomain(name) : this.props.domain;
        for (let turn = 0; turn < 2 && typeof domain === "function"; turn++) {
            domain = domain();
        }
        domain = domain || this.field.domain || [];
        if (typeof domain === "string") {
            domain = new Domain(domain);
        }
        return domain.toList ? domain.toList(record.evalContext) : domain;
    }

    async take(result, corp) {
        const people = this.departments ? [] : result.users || [];
        const places = this.departments ? result.departments || [] : [];
        const found = await this.server("people", [
            this.field.relation,
            people.map((each) => each.emplId),
            places.map((each) => each.id),
            this.domain,
            corp,
        ]);
        const records = [];
        const unknown = [];
        const sort = (rows, key, known) => {
            for (const row of rows) {
                if (known[row[key]]) {
                    records.push(known[row[key]]);
                } else {
                    unknown.push(row.name);
                }
            }
        };
        sort(people, "emplId", found.users);
        sort(places, "id", found.departments);
        if (unknown.length) {
            this.say(`${this.words.unknown} ${unknown.join(", ")}`);
        }
        if (this.alive && records.length) {
            await this.use(records);
        }
    }

    /** Take [id, name] of those chosen. */
    use([[id, name]]) {
        const isObject = session.server_version_info[0] >= 19;
        // eslint-disable-next-line camelcase
        return this.set(isObject ? {id, display_name: name} : [id, name]);
    }
}

export class PeopleTags extends People {
    use(records) {
        return addTo(this.props.record, this.props.name, records.map(([id]) => id));
    }
}
PeopleTags.multiple = true;

addField("dingding_scan", Scan, {char: "char", text: "text"});
addField("dingding_place", Place, {char: "char", text: "text"}, (options) => ({
    places: {latitude: options.latitude, longitude: options.longitude},
}));
addField("dingding_picture", Picture, {binary: "image"});
addField("dingding_pictures", Pictures, {many2many: "many2many_binary"});
addField("dingding_people", People, {many2one: "many2one"});
addField("dingding_people_tags", PeopleTags, {many2many: "many2many_tags"});
