-- A month is looked at as it stands on its last day. Who died in it is looked at on the day of the death: payment stops with the month after
-- (ambiguities, Pingyin 13).
CREATE TABLE looked AS
    SELECT p.person, m.month, CASE WHEN p.died <> '' AND p.died < m.last THEN p.died ELSE m.last END AS day
    FROM month m CROSS JOIN person p WHERE p.died = '' OR p.died >= m.first;

-- What holds on that day, of a person and of the household then: of several the one learnt last.
CREATE TABLE here AS SELECT k.person, k.month, k.day, l.household, l.series FROM looked k JOIN lives l ON l.person = k.person AND l.day = k.day;
CREATE TABLE holds AS
    SELECT person, month, series, name, value FROM (
        SELECT h.person, h.month, h.series, s.name, s.value, ROW_NUMBER() OVER (PARTITION BY h.person, h.month, s.name ORDER BY s.nth DESC) AS place
        FROM here h JOIN said s ON s.party IN (h.person, h.household) AND s.from_day <= h.day AND s.to_day >= h.day)
    WHERE place = 1;
CREATE INDEX holds_of ON holds (name, person, month);
