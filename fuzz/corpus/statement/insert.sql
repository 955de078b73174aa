INSERT INTO hearken.feedback (a, b) SETTINGS async_insert=0 FORMAT Native
