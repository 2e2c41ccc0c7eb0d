/** @odoo-module **/
/* Copyright 2026 DingTalk for Odoo contributors
   License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html). */
/* The banner on the form of a record that can be approved in DingTalk, for the web
   client of 16 and later. Its text and buttons come from
   dingding.approval.banner(): see models/. */

import {
    Component,
    onWillUnmount,
    reactive,
    useEffect,
    useExternalListener,
    useRef,
    useState,
} from "@odoo/owl";
import {deserializeDateTime, formatDateTime} from "@web/core/l10n/dates";
import {useService} from "@web/core/utils/hooks";
import {addWidget} from "@dingding/owl/registries";

// Milliseconds until the server is asked again what has become of it: sooner
// after the form was opened; see docs/decisions/0033.
const SOON = 3000;
const LATER = 5000;
const RARELY = 30000;
const FRESH = 120000;
const OPEN = ["sending", "pending", "running"];
const INPUTS =
    "input, textarea, select, button, [contenteditable=true], .o_field_x2many_list_row_add a";

// How many approvals a record has; the bar writes it, the smart button shows it.
const counts = reactive({});

function keyOf(record) {
    return `${record.resModel},${record.resId}`;
}

function hasChanges(record) {
    // 16 says it in another way than later series.
    return Boolean("dirty" in record ? record.dirty : record.isDirty);
}

export class ApprovalBanner extends Component {
    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({values: false, busy: false});
        this.alive = true;
        this.root = useRef("root");
        useExternalListener(document, "visibilitychange", () => this.onVisible());
        // Pages of a notebook are drawn anew.
        useEffect(
            (form) => {
                if (!form) {
                    return;
                }
                const observer = new MutationObserver(() => this.fixFields());
                observer.observe(form, {childList: true, subtree: true});
                return () => observer.disconnect();
            },
            () => [this.form]
        );
        // Another record, or this one after it was saved. 16 replaces a record that it
        // reads again after an action by one that can be edited.
        useEffect(
            (record, id, changed) => {
                if (!changed) {
                    this.load();
                }
            },
            () => {
                const {record} = this.props;
                return [record, keyOf(record), hasChanges(record)];
            }
        );
        onWillUnmount(() => {
            this.alive = false;
            clearTimeout(this.timer);
        });
    }

    get approval() {
        return this.state.values && this.state.values.approval;
    }

    /** The server's text, with the time in the reader's time zone. */
    get text() {
        const {text, time} = this.approval;
        if (!time) {
            return text;
        }
        return text.replace("{time}", formatDateTime(deserializeDateTime(time)));
    }

    /**
     * Call a method with a record.
     *
     * @returns {Promise}
     */
    ask({resModel, resId}, method, ...more) {
        return this.orm.call("dingding.approval", method, [resModel, resId, ...more]);
    }

    async load() {
        const {record} = this.props;
        const key = keyOf(record);
        if (key !== this.key) {
            // Another record is shown as any form is.
            this.key = key;
            this.opened = Date.now();
            this.state.values = false;
            this.setLocked(false);
        }
        clearTimeout(this.timer);
        const values = record.resId ? await this.ask(record, "banner") : false;
        if (!this.alive || key !== keyOf(this.props.record)) {
            return;
        }
        this.show(values);
    }

    show(values) {
        this.state.values = values;
        this.setLocked(Boolean(values && values.lock && !values.lock.free.length));
        counts[keyOf(this.props.record)] = values ? values.count : 0;
        this.fixFields();
        this.wait();
    }

    get isOpen() {
        return Boolean(this.approval) && OPEN.includes(this.approval.status);
    }

    /** Look again later; a hidden page waits until somebody looks at it. */
    wait() {
        clearTimeout(this.timer);
        // The answer may be lost after the form is gone.
        if (!this.alive || !this.isOpen || document.hidden) {
            return;
        }
        const fresh = Date.now() - this.opened < FRESH;
        const calm = fresh ? LATER : RARELY;
        const wait = this.approval.status === "running" ? calm : SOON;
        this.timer = setTimeout(() => this.look(), wait);
    }

    onVisible() {
        clearTimeout(this.timer);
        if (!document.hidden && this.isOpen) {
            this.look();
        }
    }

    get form() {
        return this.root.el && this.root.el.closest(".o_form_view");
    }

    /** Disable the fields that the server would refuse to save, where some stay open. */
    fixFields() {
        const lock = this.props.record.isInEdition && this.state.values.lock;
        const free = lock && lock.free.length ? lock.free : null;
        for (const field of this.form
            ? this.form.querySelectorAll(".o_field_widget[name]")
            : []) {
            if (field.parentElement.closest(".o_field_widget[name]")) {
                continue;
            }
            const fixed = Boolean(free) && !free.includes(field.getAttribute("name"));
            field.classList.toggle("o_dingding_fixed", fixed);
            for (const input of field.querySelectorAll(
                fixed ? INPUTS : "[data-dingding-fixed]"
            )) {
                this.fixInput(input, fixed);
            }
        }
    }

    fixInput(input, fixed) {
        const name = "disabled" in input ? "disabled" : "inert";
        // Elements that are disabled anyway stay so.
        if (fixed && !input[name]) {
            input[name] = true;
            input.dataset.dingdingFixed = "1";
        } else if (!fixed) {
            input[name] = false;
            delete input.dataset.dingdingFixed;
        }
    }

    /** Show the form read-only while no field can be saved, and as before afterwards. */
    setLocked(locked) {
        const {record} = this.props;
        // A form that is read-only anyway stays so when the lock is gone.
        if ((locked ? record.isInEdition : this.locked) && !hasChanges(record)) {
            this.locked = locked;
            record.switchMode(locked ? "readonly" : "edit");
        }
    }

    /** See what has become of it, and read the record again when it has ended. */
    async look() {
        const key = keyOf(this.props.record);
        const before = this.approval.status;
        try {
            await this.load();
        } catch (error) {
            // Without a connection; the page itself says so.
            this.wait();
            throw error;
        }
        const now = this.approval && this.approval.status;
        const {record} = this.props;
        if (this.alive && key === keyOf(record) && now !== before && !hasChanges(record)) {
            await this.readAgain();
        }
    }

    async readAgain() {
        const {record} = this.props;
        await record.load();
        // 16 does not see by itself that a record was read.
        if (record.model.notify) {
            record.model.notify();
        }
    }

    async refresh() {
        await this.readAgain();
        await this.load();
    }

    async press(button, mapping) {
        if (this.state.busy) {
            return;
        }
        this.state.busy = true;
        // The pager may show another one before this one is saved.
        const {record} = this.props;
        try {
            // Submit the values that the form shows.
            if (hasChanges(record) && !(await record.save())) {
                return;
            }
            const action = await this.ask(
                record, "banner_press", button, mapping || false);
            if (!action) {
                await this.refresh();
                return;
            }
            await this.action.doAction(action, {
                onClose: () => this.alive && this.refresh(),
            });
        } finally {
            this.state.busy = false;
        }
    }
}
ApprovalBanner.template = "dingding_approval.ApprovalBanner";
ApprovalBanner.props = {"*": true};

/** The number on the smart button. */
export class ApprovalCount extends Component {
    setup() {
        this.counts = useState(counts);
    }

    get count() {
        return this.counts[keyOf(this.props.record)] || 0;
    }
}
ApprovalCount.template = "dingding_approval.ApprovalCount";
ApprovalCount.props = {"*": true};

addWidget("dingding_approval", ApprovalBanner);
addWidget("dingding_approval_count", ApprovalCount);
