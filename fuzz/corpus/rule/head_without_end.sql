/*
id: x
