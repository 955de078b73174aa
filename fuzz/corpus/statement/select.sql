SELECT 'it''s', `a\`b`, "c", $tag$ heredoc ' $tag$ FROM t -- end
/* c */ # x
SETTINGS a = 1 FORMAT JSONEachRow;