module ottla/compat/lines

go 1.26.0
