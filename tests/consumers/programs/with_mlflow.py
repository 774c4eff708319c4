"""mlflow's artifact store in S3."""

from pathlib import Path

from mlflow.store.artifact.s3_artifact_repo import S3ArtifactRepository

Path("model.txt").write_text("weights")
repository = S3ArtifactRepository("s3://reports/artifacts")
repository.log_artifact("model.txt")
assert [one.path for one in repository.list_artifacts()] == ["model.txt"]
back = repository.download_artifacts("model.txt", "..")
assert Path(back).read_text() == "weights"
