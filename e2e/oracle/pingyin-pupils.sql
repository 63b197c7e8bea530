-- Pingyin 2021, two (1): pupils of registered families have 80 for the way and 100 for living, 180 a month, ten months in the year, paid out every half-year: five months in
-- each (PY-2, PY-3; ambiguities, Pingyin 12). A month counts for who is enrolled on its first day (defaults). Which month of a half-year does not count no line says: who
-- is enrolled in fewer than all six may have lost none or one by it, so that the least and the most that may be paid differ.
WITH enrolled AS (
    SELECT m.month, p.person FROM month m CROSS JOIN person p JOIN lives l ON l.person = p.person AND l.day = m.first
    WHERE l.series = 'pingyin-medical-help' AND (p.died = '' OR p.died >= m.first)
      AND 'true' = (SELECT value FROM said WHERE party = p.person AND name = 'person.school.enrolled' AND from_day <= m.first AND to_day >= m.first ORDER BY nth DESC LIMIT 1)
      AND 'true' = (SELECT value FROM said WHERE party = p.person AND name = 'roster.registered_poor' AND from_day <= m.first AND to_day >= m.first ORDER BY nth DESC LIMIT 1))
SELECT person, SUBSTR(month, 1, 5) || CASE WHEN SUBSTR(month, 6) <= '06' THEN 'first half' ELSE 'second half' END AS half,
    18000 * MIN(5, COUNT(*)) AS most, 18000 * MIN(5, COUNT(*) - 1) AS least
FROM enrolled GROUP BY person, half
