-- For a copy of the database: it must not answer anybody. Odoo runs this from 16.0 on
-- ("odoo-bin neutralize"); before that: psql -d COPY -f neutralize.sql
UPDATE dingding_corp SET chat = false, chat_replies = false;
UPDATE dingding_chat_post SET state = 'cancelled'
    WHERE state IN ('queued', 'working', 'retry');
UPDATE dingding_chat_message SET state = 'cancelled'
    WHERE state IN ('queued', 'working', 'retry');
UPDATE dingding_chat_command SET active = false WHERE kind = 'assistant';
UPDATE dingding_card_change SET state = 'cancelled'
    WHERE state IN ('queued', 'working', 'retry');
UPDATE dingding_card_press SET state = 'cancelled'
    WHERE state IN ('queued', 'working', 'retry');
