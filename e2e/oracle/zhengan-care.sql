-- Zheng'an 2018, three (3) 4: the severely disabled (levels one and two) have a care subsidy: level one 50 a month, level two 40. (ZA-30)
SELECT person, month, CASE value WHEN '1' THEN 5000 ELSE 4000 END AS fen
FROM holds WHERE series = 'zhengan-livelihood-security' AND name = 'person.disability.level' AND value IN ('1', '2')
