"""Key and value stores, both versions."""

import hvac
from stage import Case


class Version1(Case):
    def test_values_come_back_until_they_are_deleted(self):
        mount = self.mount("kv", options={"version": "1"})
        kv = self.client.secrets.kv.v1
        kv.create_or_update_secret("shop/app", {"user": "web", "port": 8080}, mount_point=mount)
        answer = kv.read_secret("shop/app", mount_point=mount)
        self.assertEqual(answer["data"], {"user": "web", "port": 8080})
        self.assertEqual(answer["lease_duration"], 2764800)
        self.assertEqual(kv.list_secrets("shop", mount_point=mount)["data"]["keys"], ["app"])
        kv.delete_secret("shop/app", mount_point=mount)
        with self.assertRaises(hvac.exceptions.InvalidPath):
            kv.read_secret("shop/app", mount_point=mount)


class Version2(Case):
    def setUp(self):
        super().setUp()
        self.path = self.mount("kv", options={"version": "2"})
        self.kv = self.client.secrets.kv.v2

    def write(self, value, **options):
        return self.kv.create_or_update_secret("app", {"value": value}, mount_point=self.path, **options)

    def read(self, **options):
        options.setdefault("raise_on_deleted_version", True)
        return self.kv.read_secret_version("app", mount_point=self.path, **options)["data"]["data"]

    def test_versions_are_kept(self):
        self.assertEqual(self.write("one")["data"]["version"], 1)
        self.assertEqual(self.write("two")["data"]["version"], 2)
        self.assertEqual(self.read(), {"value": "two"})
        self.assertEqual(self.read(version=1), {"value": "one"})
        metadata = self.kv.read_secret_metadata("app", mount_point=self.path)["data"]
        self.assertEqual(sorted(metadata["versions"]), ["1", "2"])

    def test_check_and_set_refuses_what_is_stale(self):
        self.write("one", cas=0)
        with self.assertRaisesRegex(hvac.exceptions.InvalidRequest, "check-and-set"):
            self.write("two", cas=0)
        self.write("two", cas=1)

    def test_deleted_versions_come_back_and_destroyed_ones_do_not(self):
        self.write("one")
        self.kv.delete_latest_version_of_secret("app", mount_point=self.path)
        with self.assertRaises(hvac.exceptions.InvalidPath):
            self.read()
        self.kv.undelete_secret_versions("app", versions=[1], mount_point=self.path)
        self.assertEqual(self.read(), {"value": "one"})
        self.kv.destroy_secret_versions("app", versions=[1], mount_point=self.path)
        with self.assertRaises(hvac.exceptions.InvalidPath):
            self.read()

    def test_patch_changes_one_key(self):
        self.kv.create_or_update_secret("app", {"a": "1", "b": "2"}, mount_point=self.path)
        self.kv.patch("app", {"b": "3"}, mount_point=self.path)
        self.assertEqual(self.read(), {"a": "1", "b": "3"})

    def test_metadata_and_configuration(self):
        self.kv.configure(max_versions=2, mount_point=self.path)
        self.assertEqual(self.kv.read_configuration(mount_point=self.path)["data"]["max_versions"], 2)
        self.kv.update_metadata("app", custom_metadata={"team": "red"}, mount_point=self.path)
        for value in ("one", "two", "three"):
            self.write(value)
        metadata = self.kv.read_secret_metadata("app", mount_point=self.path)["data"]
        self.assertEqual(metadata["custom_metadata"], {"team": "red"})
        self.assertEqual(sorted(metadata["versions"]), ["2", "3"])
        self.assertEqual(self.kv.list_secrets("", mount_point=self.path)["data"]["keys"], ["app"])
        self.kv.delete_metadata_and_all_versions("app", mount_point=self.path)
        with self.assertRaises(hvac.exceptions.InvalidPath):
            self.kv.list_secrets("", mount_point=self.path)
