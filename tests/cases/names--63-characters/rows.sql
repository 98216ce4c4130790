INSERT INTO a_table_whose_name_is_exactly_as_long_as_a_server_lets_it_be_63 VALUES (1), (2);
