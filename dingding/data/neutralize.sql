-- For a copy of the database: it must not speak to DingTalk. Odoo runs this from 16.0
-- on ("odoo-bin neutralize"); before that: psql -d COPY -f neutralize.sql
UPDATE dingding_secret SET sealed_value = NULL;
UPDATE dingding_token SET sealed_value = NULL;
-- An AppSecret in the configuration file or in the environment is found by the AppKey.
UPDATE dingding_app SET app_key = app_key || '-neutralized'
    WHERE right(app_key, 12) <> '-neutralized';
UPDATE ir_cron SET active = false WHERE id IN (
    SELECT res_id FROM ir_model_data
    WHERE model = 'ir.cron' AND module LIKE 'dingding%');
