-- For a copy of the database: it must not receive the events of the original. Odoo runs
-- this from 16.0 on ("odoo-bin neutralize"); before that: psql -d COPY -f neutralize.sql
UPDATE dingding_app SET stream_mode = false;
UPDATE dingding_secret SET sealed_value = NULL WHERE name = 'callback_keys';
DELETE FROM dingding_callback_setup;
DELETE FROM dingding_stream_state;
DELETE FROM dingding_stream_callback;
