/* Copyright 2026 DingTalk for Odoo contributors
   License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html). */
/* People and departments chosen in DingTalk's own list: `dingding_people` for one,
   `dingding_people_tags` for several. The field's own drop-down stays. */
odoo.define("dingding_inside.field_people", function (require) {
    "use strict";

    var inside = require("dingding_inside.inside");
    var registry = require("web.field_registry");
    var relational_fields = require("web.relational_fields");

    var DEPARTMENTS = ["dingding.department", "hr.department"];
    var MOST = 1000;

    // Let the user choose people, then `use(list of {id, display_name})`. A message
    // names those that the field's domain excludes.
    function choose(widget, multiple, use) {
        var departments = DEPARTMENTS.indexOf(widget.field.relation) >= 0;
        var name = departments ? "biz.contact.departmentsPicker" :
            "biz.contact.complexPicker";
        var words = widget.dingdingWords;

        function params(known) {
            var values = {
                title: widget.string,
                corpId: known.corpId,
                appId: Number(known.agentId),
                multiple: multiple,
                limitTips: words.limit,
                pickedDepartments: [],
                disabledDepartments: [],
                requiredDepartments: [],
                permissionType: "GLOBAL",
            };
            if (departments) {
                values.maxDepartments = multiple ? MOST : 1;
                return values;
            }
            return _.extend(values, {
                maxUsers: multiple ? MOST : 1,
                pickedUsers: [],
                disabledUsers: [],
                requiredUsers: [],
                responseUserOnly: true,
                startWithDepartmentId: 0,
            });
        }

        function take(result) {
            var people = departments ? [] : result.users || [];
            var places = departments ? result.departments || [] : [];
            var domain = widget.record.getDomain({
                fieldName: widget.name, viewType: widget.viewType,
            });
            return inside.server("people", [
                widget.field.relation,
                _.pluck(people, "emplId"),
                _.pluck(places, "id"),
                domain,
                window.dingding.known().corpId,
            ]).then(function (found) {
                var records = [];
                var unknown = [];
                function sort(rows, key, known) {
                    rows.forEach(function (row) {
                        var record = known[row[key]];
                        if (record) {
                            records.push({id: record[0], display_name: record[1]});
                        } else {
                            unknown.push(row.name);
                        }
                    });
                }
                sort(people, "emplId", found.users);
                sort(places, "id", found.departments);
                if (widget.isDestroyed()) {
                    return;
                }
                if (unknown.length) {
                    inside.say(widget, words.unknown + " " + unknown.join(", "));
                }
                if (records.length) {
                    use(records);
                }
            });
        }

        return inside.ask(widget, name, params, take);
    }

    var WithPicker = {
        willStart: function () {
            var self = this;
            return this._super.apply(this, arguments).then(function () {
                return self.mode === "edit" ? inside.load(self) : undefined;
            });
        },
        _dingdingButton: function (press) {
            var departments = DEPARTMENTS.indexOf(this.field.relation) >= 0;
            return inside.button(
                this, "people", departments ? "fa-sitemap" : "fa-users",
                this.dingdingWords[departments ? "departments" : "people"], press
            );
        },
    };

    var One = relational_fields.FieldMany2One.extend(WithPicker, {
        start: function () {
            var self = this;
            if (this.mode === "edit" && inside.isInside()) {
                this.$el.addClass("o_dingding_with_button");
                // In 15 the input has a box of its own.
                this.$(".o_input_dropdown").parent().append(
                    this._dingdingButton(function () {
                        return choose(self, false, function (records) {
                            self.reinitialize(records[0]);
                        });
                    })
                );
            }
            return this._super.apply(this, arguments);
        },
    });

    var Tags = relational_fields.FieldMany2ManyTags.extend(WithPicker, {
        _renderEdit: function () {
            var self = this;
            var result = this._super.apply(this, arguments);
            if (!inside.isInside()) {
                return result;
            }
            // The input is there when this is done, in the later series not before.
            return $.when(result).then(function () {
                self.$(".o_dingding_button").remove();
                self.$el.addClass("o_dingding_with_button");
                self.$el.append(self._dingdingButton(function () {
                    return choose(self, true, self._dingdingAdd.bind(self));
                }));
            });
        },
        _dingdingAdd: function (records) {
            var present = this.value.res_ids;
            var added = records.filter(function (record) {
                return present.indexOf(record.id) < 0;
            });
            if (added.length) {
                this._setValue({operation: "ADD_M2M", ids: added});
            }
        },
    });

    registry.add("dingding_people", One);
    registry.add("dingding_people_tags", Tags);

    return {One: One, Tags: Tags};
});
