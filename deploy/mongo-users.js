// Run once by the mongo image on an empty volume: the program may write, an analyst may only read.
const marsad = db.getSiblingDB("marsad");
marsad.createUser({
  user: "marsad",
  pwd: process.env.MARSAD_MONGO_PASSWORD,
  roles: [{ role: "readWrite", db: "marsad" }, { role: "dbAdmin", db: "marsad" }],
});
marsad.createUser({
  user: "analyst",
  pwd: process.env.ANALYST_MONGO_PASSWORD,
  roles: [{ role: "read", db: "marsad" }],
});
