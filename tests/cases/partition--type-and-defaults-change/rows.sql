INSERT INTO fares VALUES ('2020-05-05', '12', 'bus'), ('2021-05-05', '30', 'train');
