//! What people see, on a narrow and a wide terminal, with colours and without.
