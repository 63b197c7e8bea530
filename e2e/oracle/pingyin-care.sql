-- Pingyin 2021, two (3) 4: people on the roll who are found to have lost function have 150 a month while they are under 60 (PY-32), last in the month of the 60th birthday
-- (ambiguities, Pingyin 11).
SELECT f.person, f.month, 15000 AS fen
FROM holds f
JOIN holds r ON r.person = f.person AND r.month = f.month AND r.name = 'roster.registered_poor' AND r.value = 'true'
JOIN holds b ON b.person = f.person AND b.month = f.month AND b.name = 'person.birth'
WHERE f.series = 'pingyin-medical-help' AND f.name = 'person.function_loss' AND f.value = 'true'
  AND f.month <= (CAST(SUBSTR(b.value, 1, 4) AS INTEGER) + 60) || SUBSTR(b.value, 5, 3)
