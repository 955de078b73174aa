CREATE OR REPLACE VIEW v_case_events
AS SELECT * EXCEPT (actor)
FROM case_events
-- In the table's order, so that it is read as it lies; and a question for one case reads that case alone.
ORDER BY case_id, at, event_id
LIMIT 1 BY case_id, event_id
COMMENT 'Everything that happened to every case, each event once: what was written again under one event_id counts where it came first. Without the personal column actor. Ask for a case_id: that is read directly'
