INSERT INTO p SELECT g, date '2020-06-01' + g, 'v' || g FROM generate_series(1, 300) AS g;
